"""The E5 file read by us beside its own C engine; e5_constants.json is made by make_e5_constants.py."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from luodi.models import find_source
from luodi.models.e5 import build_bert, read_e5
from luodi.models.e5_tokenizer import build_tokenizer

pytestmark = pytest.mark.zoo

ROWS = json.loads((Path(__file__).parent / "e5_constants.json").read_text(encoding="utf-8"))
#: The engine rounds activations to 8 bits in blocks of 32, we do not: over 81 real texts the least cosine was 0.99988.
LEAST_COSINE = 0.9995


@pytest.fixture(scope="module")
def file():
    return read_e5(find_source("e5-multilingual").path)


@pytest.fixture(scope="module")
def tokenizer(file):
    return build_tokenizer(file)


def test_the_constants_are_there():
    assert len(ROWS) == 20
    assert sum("embedding" in row for row in ROWS) == 6


@pytest.mark.parametrize("row", ROWS, ids=lambda row: ascii(row["text"])[:30])
def test_texts_are_split_as_by_the_engine(row, tokenizer, file):
    """But for runs of unknown signs, which are one piece here and in the original tokenizer, and several there."""
    unknown = file.specials["unk"]
    wanted = [place for i, place in enumerate(row["ids"]) if place != unknown or row["ids"][i - 1] != unknown]
    assert tokenizer.encode(row["text"]).ids == wanted


def test_sentences_mean_what_they_mean_to_the_engine(file, tokenizer):
    encoder = build_bert(file).eval()
    for row in (row for row in ROWS if "embedding" in row):
        ids = torch.tensor([tokenizer.encode("query: " + row["text"]).ids])
        with torch.no_grad():
            pooled = encoder(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0].mean(0).numpy()
        wanted = np.array(row["embedding"])
        cosine = pooled @ wanted / np.linalg.norm(pooled) / np.linalg.norm(wanted)
        assert cosine > LEAST_COSINE, row["text"]
