"""Heads for pairs: the scale that they read off cells, how answers are judged, and what vectors learn."""

import dataclasses

import numpy as np
import pytest
import torch

from luodi.data import Dataset, pair
from luodi.errors import DataError, RecipeError
from luodi.tasks import Task, read_task
from luodi.tasks.classify import Classify
from luodi.tasks.fit import Scale
from luodi.tasks.match import Match
from luodi.tasks.retrieve import Retrieve


def rows(cells, kind="likeness", **more):
    texts = [pair(f"问题 {row // 2}", f"候选 {row}") for row in range(len(cells))]
    data = Dataset.of(texts, {"y": cells, **more})
    return dataclasses.replace(data, kinds={"y": kind})


def test_the_scale_is_read_off_the_cells():
    assert Match.fit("y", rows(["不相似", "相似", "不相似", None])) == Match("y", "不相似", "相似", 1.0)
    assert Retrieve.fit("y", rows(["0", "3", "1", "2"])) == Retrieve("y", "0", "3", 3.0)
    assert Scale("0", "3", 3.0).targets(["0", "1", None, "3", "9"]).tolist() == pytest.approx([0, 1 / 3, -100, 1, 1])


@pytest.mark.parametrize(("cells", "said"), [(["1", "yes"], "all pairs alike"), (["1", "好吗"], "does not say")])
def test_cells_that_are_no_scale_are_refused(cells, said):
    with pytest.raises(DataError, match=said):
        Match.fit("y", rows(cells))


@pytest.mark.parametrize("fields", [("0", "0", 1.0), ("1", "0", 1.0), ("0", "1", 0.0), (0, "1", 1.0)])
def test_a_scale_of_a_foreign_bundle_is_refused(fields):
    with pytest.raises(ValueError, match="no "):
        Match("y", *fields)


def test_a_width_of_a_foreign_bundle_is_refused():
    for width in (0, 5000, True, 8.0):
        with pytest.raises(ValueError, match="width"):
            Retrieve("y", "0", "1", 1.0, width=width)


def test_pairs_are_ranked_by_how_probably_they_fit():
    data = rows(["1", "0", "0", "1"])
    head = Match.fit("y", data)
    said, sure = ["1", "1", "0", "0"], [0.9, 0.6, 0.7, 0.8]  # fits: 0.9, 0.6, 0.3, 0.2
    judged = head.judge(data.labels["y"], said, texts=data.texts, sure=sure)
    every = np.arange(4)
    assert judged.right.tolist() == [True, False, True, False]
    assert judged.scores["average_precision"](every) == pytest.approx((1 + 2 / 4) / 2)
    assert judged.scores["recall_at_1"](every) == 0.5
    assert "mrr" not in head.judge(data.labels["y"], said, sure=sure).scores
    assert judged.per_class["1"]["support"] == 2


def test_heads_that_read_in_two_ways_are_refused():
    data = rows(["1", "0", "1", "0"], 主题=["a", "b", "a", "b"])
    assert [type(head) for head in read_task(data).heads] == [Match, Classify]
    with pytest.raises(RecipeError, match="cannot do both"):
        read_task(data, {"y": "retrieve"})
    with pytest.raises(ValueError, match="different ways"):
        Task((Retrieve("y", "0", "1", 1.0), Match("z", "0", "1", 1.0)))


def test_how_a_row_is_read():
    text = pair("甲", "乙" * 9)
    assert Task((Match("y", "0", "1", 1.0),)).reads([text, "丙"], most=3) == [("甲", "乙乙乙"), ("丙", "")]
    assert Task((Retrieve("y", "0", "1", 1.0),)).reads([text], most=3) == ["甲", "乙乙乙"]
    assert Task((Classify("y", ("a", "b")),)).reads(["甲乙丙丁"], most=3) == ["甲乙丙"]


def vectors(*rows):
    return torch.tensor(rows, dtype=torch.float32)


def test_other_rows_of_a_batch_do_not_fit_unless_they_are_the_same():
    head = Retrieve("y", "0", "1", 1.0, width=2)
    near = vectors([1, 0, 1, 0], [1, 0.1, 1, 0.1])  # two rows whose vectors all point one way
    apart = head.loss(near, vectors([1, 0, 1], [1, 2, 3]))
    same_second = head.loss(near, vectors([1, 0, 1], [1, 2, 1]))
    same_first = head.loss(near, vectors([1, 0, 1], [1, 0, 3]))
    alone = head.loss(near[:1], vectors([1, 0, 1]))
    assert apart > alone + 0.5
    assert same_second == pytest.approx(float(alone), abs=1e-3)
    assert same_first == pytest.approx(float(alone), abs=1e-3)
    hard = head.loss(near, vectors([1, 0, 1], [0, 0, 3]))  # a candidate of the same question that does not fit
    assert hard > apart


def test_rows_without_a_label_count_for_nothing():
    head = Retrieve.fit("y", rows(["1", "0", None, "1"]))
    targets = torch.from_numpy(head.targets(rows(["1", "0", None, "1"])))
    logits = torch.randn(4, 2 * head.width, generator=torch.Generator().manual_seed(0))
    assert targets[2].tolist() == [-100.0] * 3
    changed = logits.clone()
    changed[2] = 7.0
    assert head.loss(logits, targets) == head.loss(changed, targets)
    assert head.loss(logits[2:3], targets[2:3]) == 0.0


def test_a_cosine_says_how_probably_two_fit():
    head = Retrieve("y", "否", "是", 1.0, width=2)
    one, other = head.decode(np.array([[1, 0, 2, 0], [1, 0, 0, 1]], np.float32))
    assert (one.label, one.similarity) == ("是", pytest.approx(1.0))
    assert (other.label, other.similarity) == ("否", pytest.approx(0.0))
    assert one.score == pytest.approx(1 / (1 + np.exp(-5)))
    assert one.to_json() == {"label": "是", "probability": 0.993307, "score": 0.993307, "similarity": 1.0}
