"""A task is its heads, written and read back whole; a prediction speaks for one head or by name for several."""

import json

import numpy as np
import pytest

from luodi.data import Dataset
from luodi.errors import DataError
from luodi.tasks import Classify, Prediction, Task, read_task

DATA = Dataset.of(["a", "b", "c"], {"意图": ["x", "y", "x"], "mood": ["1", "0", None]})


def test_two_label_columns_make_two_heads():
    task = read_task(DATA)
    assert task.heads == (Classify("意图", ("x", "y")), Classify("mood", ("0", "1")))
    assert task["mood"].n_outputs == 2


def test_a_task_survives_json():
    task = read_task(DATA)
    written = json.loads(json.dumps(task.to_json(), ensure_ascii=False))
    assert written[0] == {"use": "classify", "name": "意图", "labels": ["x", "y"]}
    assert Task.from_json(written) == task


def test_a_column_that_cannot_be_answered_is_refused():
    with pytest.raises(DataError):
        read_task(Dataset.of(["a"], {"label": ["x"]}))


@pytest.mark.parametrize("name", ["text", "abstained", "tier"])
def test_a_column_whose_name_an_answer_needs_is_refused(name):
    with pytest.raises(DataError, match=f"cannot be named '{name}'") as caught:
        read_task(Dataset.of(["a", "b"], {"mood": ["1", "0"], name: ["x", "y"]}))
    assert caught.value.fix == "rename the column"


def answer(label, probability=0.75):
    rest = np.array([probability, 1 - probability], np.float32)
    logits = np.log(rest)[None] if label == "x" else np.log(rest[::-1])[None]
    return Classify("意图", ("x", "y")).decode(logits)[0]


def test_the_only_head_is_meant_where_none_is_named():
    one = Prediction({"意图": answer("y")})
    assert one.label == "y"
    assert one.probability == pytest.approx(0.75)
    assert one.to_json() == {"意图": {"label": "y", "probability": 0.75}, "abstained": False, "tier": "model"}


def test_with_two_heads_one_must_be_named():
    two = Prediction({"意图": answer("x"), "mood": answer("y")})
    with pytest.raises(AttributeError, match="2 answers"):
        _ = two.label
    assert two.answers["mood"].label == "y"
