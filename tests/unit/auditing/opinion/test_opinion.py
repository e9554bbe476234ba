"""Opinions come from models that did not see the row; odd sets get one too."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.auditing.opinion import opinion as module
from luodi.auditing.opinion.opinion import opinion_of
from luodi.auditing.opinion.suspicion import suspicion
from luodi.data import near_groups, read

WORDS = {
    "ship": ("parcel", "courier", "delivery", "late", "address"),
    "pay": ("invoice", "card", "charged", "refund", "price"),
    "app": ("login", "password", "screen", "crash", "update"),
}


def texts_of(n, seed=0, n_words=6):
    rng = np.random.default_rng(seed)
    labels = rng.choice(list(WORDS), n).tolist()
    extra = [f"w{number}" for number in range(60)]
    texts = [" ".join([*rng.choice(WORDS[label], 3), *rng.choice(extra, n_words)]) for label in labels]
    return texts, labels


def ask(texts, labels, **options):
    return opinion_of(texts, labels, groups=np.arange(len(texts)), **options)


def test_most_labels_are_told_and_flipped_ones_are_the_most_suspect():
    texts, labels = texts_of(600)
    flipped = [*labels]
    for row in range(0, 600, 30):
        flipped[row] = "pay" if labels[row] != "pay" else "app"
    found = ask(texts, flipped)
    assert found.labels == ("app", "pay", "ship")
    assert np.allclose(found.probabilities.sum(axis=1), 1.0, atol=1e-4)
    told = np.array(found.labels)[found.probabilities.argmax(axis=1)]
    assert (told == np.array(labels)).mean() > 0.97
    scores, proposed = suspicion(found.probabilities, found.targets)
    worst = np.argsort(-scores)[:20]
    assert len({*worst.tolist()} & {*range(0, 600, 30)}) >= 18
    mended = [found.labels[proposed[row]] == labels[row] for row in range(0, 600, 30)]
    assert np.mean(mended) > 0.8
    assert 0.01 < found.yardstick.share_wrong() < 0.06


def test_a_row_is_not_judged_by_its_double():
    texts, labels = texts_of(300)
    texts[0] = texts[1] = "四月的天气"
    labels[0], labels[1] = "pay", "pay"
    groups = np.arange(300)
    groups[1] = 0
    apart, together = ask(texts, labels), opinion_of(texts, labels, groups=groups)
    assert apart.probabilities[:2, 1].max() > 0.8 > together.probabilities[:2, 1].max()


def test_the_same_seed_gives_the_same_opinion():
    texts, labels = texts_of(200)
    one, other = ask(texts, labels, seed=3), ask(texts, labels, seed=3)
    assert (one.probabilities == other.probabilities).all()
    assert one.yardstick.share_wrong() == other.yardstick.share_wrong()


def test_rows_without_a_label_are_answered():
    texts, labels = texts_of(400)
    hidden = [label if row % 4 else None for row, label in enumerate(labels)]
    found = ask(texts, hidden)
    assert (found.targets[::4] == -1).all()
    told = np.array(found.labels)[found.probabilities.argmax(axis=1)]
    assert (told[::4] == np.array(labels[::4])).mean() > 0.95
    assert found.likeness[::4].min() > 0


def test_of_very_many_rows_some_are_learned_and_all_are_judged(monkeypatch):
    monkeypatch.setattr(module, "_MOST_LEARNED", 300)
    monkeypatch.setattr(module, "_CHUNK", 128)
    texts, labels = texts_of(1000)
    labels[:7] = ["rare"] * 7
    found = ask(texts, labels)
    assert 250 < found.learned < 330
    assert (np.array(found.labels)[found.probabilities.argmax(axis=1)] == np.array(labels))[7:].mean() > 0.93
    assert np.allclose(found.probabilities.sum(axis=1), 1.0, atol=1e-4)


def test_of_very_many_labels_the_rarest_are_left_out(monkeypatch):
    monkeypatch.setattr(module, "_MOST_CELLS", 900)
    texts, labels = texts_of(300)
    found = ask([*texts, "odd"], [*labels, "only one"])
    assert len(found.labels) == 2
    assert {*found.targets.tolist()} == {-1, 0, 1}


def test_many_labels_do_without_the_ridge(monkeypatch):
    monkeypatch.setattr(module, "_RIDGE_PRODUCTS", 10)
    texts, labels = texts_of(300)
    found = ask(texts, labels)
    assert (np.array(found.labels)[found.probabilities.argmax(axis=1)] == np.array(labels)).mean() > 0.9


@pytest.mark.parametrize(
    "labels",
    [[], [None], ["a"], [None, None, None], ["a", "a", "a"], ["a", "b"], ["a", "b", "c", None], ["x"] * 9 + ["y"]],
)
def test_odd_sets_get_an_opinion(labels):
    texts = ["" if row % 3 == 2 else f"text {row}" for row in range(len(labels))]
    found = ask(texts, labels)
    assert found.probabilities.shape == (len(labels), len({*labels} - {None}))
    assert np.isfinite(found.probabilities).all()


def test_equal_texts_are_no_evidence():
    found = opinion_of(["same"] * 20, ["a", "b"] * 10, groups=np.zeros(20, np.int64))
    assert found.yardstick is None
    assert np.allclose(found.probabilities, 0.5)


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.text(st.characters(exclude_categories=[])), st.sampled_from("abc")), min_size=2, max_size=25)
)
def test_any_texts_get_an_opinion(rows):
    texts, labels = map(list, zip(*rows, strict=True))
    found = ask(texts, labels)
    assert np.isfinite(found.probabilities).all()


@pytest.mark.shared
def test_real_reviews_are_told_and_the_probabilities_are_calibrated(shared_data):
    data = read(shared_data / "waimai_10k.csv").take(np.arange(0, 11_987, 4))
    labels = list(data.labels["label"])
    found = opinion_of(data.texts, labels, groups=near_groups(data.texts))
    best = found.probabilities.max(axis=1)
    right = found.probabilities.argmax(axis=1) == found.targets
    assert right.mean() > 0.86
    assert abs(best.mean() - right.mean()) < 0.03
