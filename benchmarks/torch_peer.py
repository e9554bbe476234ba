"""The service that tutorials write: FastAPI, and a pipeline of transformers in torch, fp32.

MODEL=FOLDER uvicorn torch_peer:app --port 8001
"""

import os

from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline

app = FastAPI()
classifier = pipeline("text-classification", model=os.environ["MODEL"])


class Item(BaseModel):
    """What is asked."""

    text: str


@app.post("/predict")
def predict(item: Item) -> dict:
    """Answer a text."""
    return classifier(item.text)[0]
