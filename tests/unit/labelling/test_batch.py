"""What is asked about, and in which order."""

import numpy as np
import pytest

from luodi.auditing import Evidence, Opinion
from luodi.data import Dataset
from luodi.labelling import Look, Source, plan, text_key
from luodi.labelling.batch import last_batch, to_entry


def source_of(texts, labels, n_own=None):
    data = Dataset.of(texts, {"label": labels})
    return Source(data, "label", ("neg", "pos"), len(texts) if n_own is None else n_own)


@pytest.fixture
def told(monkeypatch):
    """Say what models hold of each text: the probability of ``pos``, by text; everything else is real."""
    said = {}

    def opinion(evidence, head):
        own = evidence.data.labels[head]
        pos = np.array([said.get(text, 0.5) for text in evidence.data.texts], np.float32)
        targets = np.array([("neg", "pos").index(label) if label else -1 for label in own], np.int64)
        said["asked"] = dict(zip(evidence.data.texts, own, strict=True))
        return Opinion(("neg", "pos"), targets, np.stack([1 - pos, pos], axis=1), "a test")

    monkeypatch.setattr(Evidence, "opinion", opinion)
    return said


def texts_of(source, looks):
    return [source.data.texts[source.rows_of[look.text_sha256][0]] for look in looks]


def many(n, prefix="text"):
    chance = np.random.default_rng(1)
    return [f"{prefix} " + "".join(map(chr, chance.integers(97, 123, 16))) for _ in range(n)]


def test_labels_that_models_hold_for_unlikely_come_first(told):
    texts = many(20)
    labels = ["pos", "neg"] * 10
    told.update({text: 0.9 if label == "pos" else 0.1 for text, label in zip(texts, labels, strict=True)})
    told[texts[4]], told[texts[7]] = 0.02, 0.8
    source = source_of(texts, labels)
    looks = plan(source, {}, n=3)
    assert texts_of(source, looks)[:2] == [texts[4], texts[7]]
    assert looks[0] == Look(text_key(texts[4]), "unlikely", (0.02,), "neg")
    assert looks[1].figures == pytest.approx((0.2,), abs=1e-4)


def test_rows_without_a_label_come_before_them(told):
    texts = many(22)
    source = source_of(texts, ["pos", "neg"] * 10 + [None, None])
    told[texts[20]] = 0.55
    looks = plan(source, {}, n=4)
    assert set(texts_of(source, looks)[:2]) == {texts[20], texts[21]}
    assert [look.why for look in looks] == ["torn", "torn", "unlikely", "unlikely"]
    torn = next(look for look in looks if look.text_sha256 == text_key(texts[20]))
    assert (torn.figures, torn.proposed) == ((0.55, 0.45), "pos")


def test_of_a_second_table_only_its_texts_are_asked_about(told):
    texts = many(20) + many(5, "new")
    source = source_of(texts, ["pos", "neg"] * 10 + [None] * 5, n_own=20)
    assert set(texts_of(source, plan(source, {}, n=50))) == set(texts[20:])


def test_answers_count_as_labels_and_are_not_asked_about_again(told):
    texts = many(24)
    source = source_of(texts, ["pos", "neg"] * 10 + [None] * 4)
    answered = {text_key(texts[0]): "neg", text_key(texts[20]): "pos", text_key(texts[21]): None}
    looks = plan(source, answered, n=50)
    assert not {text_key(texts[row]) for row in (0, 20, 21)} & {look.text_sha256 for look in looks}
    assert len(looks) == 21
    assert told["asked"][texts[0]] == "neg"
    assert told["asked"][texts[20]] == "pos"


def test_equal_texts_are_asked_about_once(told):
    source = source_of(["same text here"] * 12, ["pos", "neg"] * 6)
    assert len(plan(source, {}, n=50)) == 1


@pytest.mark.parametrize("labels", [[None] * 8, ["pos", "neg"] + [None] * 6, ["pos"] * 8, ["pos", "neg"] * 4])
def test_with_few_labels_no_model_is_asked(labels):
    """The opinion is the real one here: asking it of so little would end in an error."""
    source = source_of(many(8), labels)
    looks = plan(source, {}, n=5)
    assert len(looks) == 5
    assert {look.why for look in looks} <= {"unlike", "next"}
    assert [look.proposed for look in looks] == [None] * 5


def test_with_enough_labels_the_real_models_find_what_was_planted():
    words = {"pos": "wonderful lovely great", "neg": "awful terrible broken"}
    texts = [f"{words['pos' if row % 2 else 'neg']} {extra}" for row, extra in enumerate(many(60, ""))]
    labels = ["pos" if row % 2 else "neg" for row in range(60)]
    labels[17] = "neg"
    source = source_of(texts, labels)
    first = plan(source, {}, n=5)[0]
    assert first.text_sha256 == text_key(texts[17])
    assert (first.why, first.proposed) == ("unlikely", "pos")


def test_a_batch_survives_the_journal():
    looks = [Look("a", "unlikely", (0.02,), "neg"), Look("b", "unlike")]
    entries = [to_entry([], head="label", who=None, time=""), to_entry(looks, head="label", who=None, time="")]
    assert last_batch(entries, head="label", who=None) == looks
    assert last_batch(entries, head="label", who="anna") == []
    assert last_batch(entries, head="other", who=None) == []


@pytest.mark.parametrize("texts", [None, [{}], ["a"], [{"text_sha256": "a", "why": "torn", "figures": 3}]])
def test_a_batch_of_another_form_is_none(texts):
    assert last_batch([{"action": "batch", "head": "label", "who": None, "texts": texts}], head="label", who=None) == []
