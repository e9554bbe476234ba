"""Lengths in tokens are counted where it matters, reckoned where it does not or cannot be."""

from dataclasses import replace

import numpy as np
import pytest

from luodi.auditing.signs.reach import READ, Reach, reach_of
from luodi.data import Dataset
from luodi.models import zoo

LONG = "味道不错送餐很快包装完好" * 40


def test_tokens_are_counted_as_the_model_splits(tiny_encoder):
    texts = ["送餐很快，" * 60] * 30 + ["很好"] * 70
    reach = reach_of(Dataset.of(texts), model=str(tiny_encoder))
    assert reach.is_counted
    assert reach.cut(READ) == pytest.approx(0.3)
    assert set(reach.tokens[30:]) <= {3.0, 4.0}  # one or two pieces and two ends


def test_the_end_of_a_long_text_is_reckoned_from_its_beginning(tiny_encoder):
    whole, half = (reach_of(Dataset.of(["送餐很快，" * n] * 3), model=str(tiny_encoder)) for n in (2000, 1000))
    assert whole.tokens[0] == pytest.approx(2 * half.tokens[0], rel=0.01)


def test_without_the_package_it_is_reckoned(monkeypatch):
    gone = {name: replace(entry, module="no_such_package") for name, entry in zoo.ZOO.items()}
    monkeypatch.setattr("luodi.models.sources.ZOO", gone)
    reach = reach_of(Dataset.of([LONG] * 50))
    assert not reach.is_counted
    assert reach.model == "e5-multilingual"
    assert reach.tokens[0] == pytest.approx(0.8 * len(LONG), rel=0.02)


def test_short_texts_need_no_tokenizer():
    assert not reach_of(Dataset.of(["很好"] * 100)).is_counted


def test_shares_and_prices():
    reach = Reach(np.arange(4), np.array([64.0, 128.0, 256.0, 512.0]), "m", is_counted=True)
    assert (reach.cut(128), reach.cut(256), reach.cut(512)) == (0.5, 0.25, 0.0)
    assert reach.lost(128) == pytest.approx((0.5 + 0.75) / 2)
    assert reach.lost(512) == 0.0
    assert reach.price(256) == pytest.approx((64 + 128 + 256 + 256) / (64 + 128 + 128 + 128))


def test_texts_that_no_tokenizer_takes_are_survived(tiny_encoder):
    reach = reach_of(Dataset.of(["\ud800" * 500, "", "\x00" * 300] * 10), model=str(tiny_encoder))
    assert len(reach.tokens) == 30


@pytest.mark.zoo
def test_what_is_reckoned_is_near_what_is_counted(monkeypatch):
    texts = [f"{row}：师傅很准时，味道也还可以，就是份量少了一点，下次还会再来的。" * 6 for row in range(200)]
    counted = reach_of(Dataset.of(texts))
    assert counted.is_counted
    monkeypatch.setattr("luodi.models.sources.ZOO", {k: replace(v, module="gone") for k, v in zoo.ZOO.items()})
    assert reach_of(Dataset.of(texts)).tokens.mean() == pytest.approx(counted.tokens.mean(), rel=0.2)
