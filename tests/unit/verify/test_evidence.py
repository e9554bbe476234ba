"""What a report draws: it must add up to the rows, and be plain values."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.data import Dataset
from luodi.tasks import Classify
from luodi.verify.evidence import MOST_LABELS, N_MISTAKES, N_PAIRS, assess

HEAD = "情感"

_ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", None]), st.sampled_from("abc"), st.floats(0, 1, width=32)), max_size=50
)


@pytest.fixture(scope="session")
def of(predictions):
    """Gather the evidence of rows: their labels, answers, and how sure these are."""

    def gather(gold, answers, probabilities=None, texts=None):
        data = Dataset.of(texts or [f"t{i}" for i in range(len(gold))], {HEAD: gold})
        head = Classify(HEAD, tuple(sorted({*answers, "a", "b"})))
        return assess(head, data, predictions(answers, probabilities))[1]

    return gather


@given(_ROWS)
def test_everything_adds_up_to_the_labelled_rows(of, rows):
    gold, answers, sure = ([row[i] for row in rows] for i in range(3))
    found = of(gold, answers, sure)
    labelled = [(g, a) for g, a in zip(gold, answers, strict=True) if g is not None]
    assert sum(map(sum, found["confusion"])) == len(labelled)
    assert sum(one["n"] for one in found["reliability"]) == len(labelled)
    assert sum(one["n"] for one in found["confused"]) == sum(g != a for g, a in labelled)
    assert len(found["mistakes"]) == min(N_MISTAKES, sum(g != a for g, a in labelled))
    assert json.loads(json.dumps(found)) == found


def test_mistakes_are_the_surest_first_and_say_which_row(of):
    found = of(["a", "a", "b", "a"], ["b", "a", "a", "b"], [0.6, 0.99, 0.9, 0.7])
    assert [(one["row"], one["probability"]) for one in found["mistakes"]] == [(2, 0.9), (3, 0.7), (0, 0.6)]
    assert found["mistakes"][0] == {"text": "t2", "true": "b", "answered": "a", "probability": 0.9, "row": 2}


def test_confusion_has_true_labels_in_rows(of):
    found = of(["a", "a", "b"], ["b", "b", "b"])
    assert found["labels"] == ["a", "b"]
    assert found["confusion"] == [[0, 2], [0, 1]]
    assert found["confused"] == [{"true": "a", "answered": "b", "n": 2}]


def test_bins_hold_their_own_rows(of):
    found = of(["a"] * 4, ["a", "b", "a", "a"], [0.55, 0.58, 1.0, 0.0])
    by_bin = {one["from"]: one for one in found["reliability"]}
    assert set(by_bin) == {0.0, 0.5, 0.9}
    assert by_bin[0.5]["accuracy"] == 0.5
    assert by_bin[0.5]["probability"] == pytest.approx(0.565)
    assert by_bin[0.9]["n"] == 1


def test_many_labels_give_pairs_and_no_table(of):
    labels = [f"l{i}" for i in range(MOST_LABELS + 20)]
    found = of(labels, labels[1:] + labels[:1])
    assert "confusion" not in found
    assert len(found["confused"]) == N_PAIRS


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "😀" * 2000, "a\ud800b", "", "\x00\x1b"])
def test_any_text_can_be_written_as_utf8(of, text):
    found = of(["a"], ["b"], texts=[text])
    shown = found["mistakes"][0]["text"]
    shown.encode("utf-8")
    assert len(shown) <= 501
    assert shown.startswith(text[:1].replace("\ud800", "\ufffd"))
