"""Scores without a clock."""

import json

from luodi.verify import evaluate

HEAD = "情感"


def test_it_gives_the_object_of_the_contract(finder, task, toy_data):
    found = json.loads(json.dumps(evaluate(finder, toy_data, task=task)))
    assert set(found) == {"n", "heads", "mistakes"}
    assert found["n"] == len(toy_data)
    assert set(found["heads"][HEAD]["per_class"]) == {"正面", "负面"}


def test_mistakes_say_where_they_stand(finder, task, toy_data):
    found = evaluate(finder, toy_data, task=task)
    assert found["mistakes"]
    for one in found["mistakes"]:
        row = int(one["origin"].split(":")[1]) - 1
        assert set(one) == {"head", "text", "true", "answered", "probability", "origin"}
        assert toy_data.texts[row] == one["text"]
        assert toy_data.labels[HEAD][row] == one["true"] != one["answered"]
