"""Every registered check keeps every promise; there is no list of exceptions."""

import copy
import json
import math
import re

import numpy as np
import pytest

from luodi.auditing import Evidence, Finding
from luodi.auditing.check import KIND
from luodi.auditing.finding import N_EXAMPLES, SEVERITIES
from luodi.data import Dataset
from luodi.job.parts import enrol
from luodi.language import look_up, speak
from luodi.plain_json import write_json
from luodi.registry import parts

enrol()
CHECKS = parts(KIND)

_SAID = ("what", "effect", "advice")


def test_checks_are_found():
    assert len(CHECKS) >= 5


@pytest.fixture(scope="module")
def gathered():
    """Evidence by its rows: what several checks need of the same rows is computed once, as in an audit."""
    return {}


@pytest.fixture(params=sorted(CHECKS))
def look(request, gathered):
    """Run one check over rows, by part or not, and give its findings as a list."""
    check = CHECKS[request.param]

    def run(rows, *, afresh=False):
        if afresh or id(rows) not in gathered:
            gathered[id(rows)] = rows, Evidence(rows if isinstance(rows, dict) else {"train": rows})
        return list(check(gathered[id(rows)][1]))

    return run


def rows_of(texts, labels=None, head="kind", **more):
    return Dataset.of(texts, {head: labels} if labels is not None else {}, **more)


def dirty(n=240, seed=0):
    """Rows with something for most checks: doubles, conflicts, blanks, damage, personal data, odd names of labels."""
    rng = np.random.default_rng(seed)
    good, bad = ("很好吃", "非常满意", "物流很快", "great soup"), ("很难吃", "非常失望", "物流太慢", "awful soup")
    texts, labels = [], []
    for row in range(n):
        is_good = bool(rng.integers(2))
        text = f"{rng.choice(good if is_good else bad)}，{rng.choice(['店里', '外卖', '同事'])}也这么说 {row}"
        texts.append(text)
        labels.append("好评" if is_good != (rng.random() < 0.05) else "差评")
    texts[:8] = ["", " ", "???", "😀😀", "<p>很好吃&nbsp;</p>", "æ˜¯çš„", "锟斤拷锟斤拷", "tel 13912345678 a@b.cn 差"]
    texts[8:12] = [texts[20], texts[20], texts[21], f"{texts[22]}。"]
    labels[8:11] = [labels[20], "差评" if labels[20] == "好评" else "好评", labels[21]]
    labels[12:15] = ["好 评", None, "罕见"]
    return texts, labels


@pytest.fixture(scope="module")
def dirty_rows():
    texts, labels = dirty()
    n = len(texts)
    return rows_of(texts, labels, groups=tuple(f"c{row % 7}" for row in range(n)),
                   times=tuple(f"2024-{1 + row * 11 // n:02d}-01T00:00:00" for row in range(n)))  # fmt: skip


ODD = {
    "one row": rows_of(["好吃"], ["正"]),
    "two rows": rows_of(["好吃", "难吃"], ["正", "负"]),
    "one blank row": rows_of([""], [None]),
    "no labels": rows_of([f"text {row}" for row in range(40)]),
    "a column without labels": rows_of([f"text {row}" for row in range(40)], [None] * 40),
    "one class": rows_of([f"text {row}" for row in range(40)], ["a"] * 40),
    "all texts equal": rows_of(["the very same text"] * 40, ["a", "b"] * 20),
    "all texts blank": rows_of([""] * 40, ["a", "b"] * 20),
    "endless texts": rows_of(["很" * 100_000, "x" * 100_000, "a b " * 25_000, "好吃"] * 3, ["a", "b"] * 6),
    "halves of characters": rows_of([f"a\ud800{row}\udfff" for row in range(40)], ["a\ud800", "b"] * 20),
    "control characters": rows_of([f"\x00\x01{row}\x7f\u202e" for row in range(40)], ["\x00", "b"] * 20),
    "emoji": rows_of(["😀" * (row % 5 + 1) for row in range(40)], ["🙂", "🙃"] * 20),
    "braces": rows_of([f"{{0}} {{name!r}} {row} %s" for row in range(40)], ["{a}", "{b!r}"] * 20, head="{head}"),
    "every row a label of its own": rows_of(
        [f"text {row}" for row in range(60)], [f"label {row}" for row in range(60)]
    ),
    "one time": rows_of([f"text {row}" for row in range(40)], ["a", "b"] * 20, times=("2024-01-01T00:00:00",) * 40),
    "a group a row": rows_of([f"text {row}" for row in range(40)], ["a", "b"] * 20, groups=tuple(map(str, range(40)))),
}


def require_sound(found, data):
    """Every promise of a finding."""
    for one in found:
        assert isinstance(one, Finding)
        assert one.severity in SEVERITIES
        assert 0 <= one.score <= 1
        assert math.isfinite(one.score)
        assert 0 <= one.count <= max(1, len(data)) * max(1, len(data.labels))
        assert all(getattr(one, name).strip() for name in _SAID)
        assert not re.search(r"\b(?:nan|inf)\b", " ".join(getattr(one, name) for name in _SAID))
        for suspect in one.suspects:
            assert 0 <= suspect.row < len(data)
        for fix in one.fixes:
            require_sound_fix(fix, data)
        raw = json.loads(write_json(one.to_json(data)))
        assert set(raw) == {"check", "severity", "score", "count", *_SAID, "examples"}
        assert len(raw["examples"]) <= N_EXAMPLES
        assert all({"origin", "text", "label"} <= set(row) for row in raw["examples"])
        json.dumps(one.to_json(data))  # plain values only


def require_sound_fix(fix, data):
    assert 0 <= fix.row < len(data)
    assert fix.action in ("drop", "label")
    assert fix.why.strip()
    assert 0 <= fix.sureness <= 1
    assert fix.kept is None or (0 <= fix.kept < len(data) and fix.kept != fix.row)
    assert fix.head is None or fix.head in data.labels
    if fix.action == "label":
        assert fix.label
        assert fix.kept is None
        assert fix.head in data.labels


def test_of_no_rows_it_says_nothing(look):
    assert look(rows_of([], [])) == []
    assert look(rows_of([])) == []


@pytest.mark.parametrize("name", ODD)
def test_of_odd_rows_it_says_nothing_or_something_sane(look, name):
    require_sound(look(ODD[name]), ODD[name])


@pytest.fixture(scope="module")
def many_labels():
    rng = np.random.default_rng(0)
    words = [f"word{n}" for n in range(400)]
    texts = [" ".join(rng.choice(words, 5)) for _ in range(6000)]
    return rows_of(texts, [f"label {row % 5000}" for row in range(6000)])


def test_of_5000_labels_it_says_nothing_or_something_sane(look, many_labels):
    require_sound(look(many_labels), many_labels)


def test_of_dirty_rows_what_it_says_is_sound(look, dirty_rows):
    require_sound(look(dirty_rows), dirty_rows)


@pytest.fixture(scope="module")
def dirty_parts(dirty_rows):
    labels = dirty_rows.labels["kind"]
    both = Dataset.of(dirty_rows.texts, {"kind": labels, "mood": tuple(reversed(labels))})
    places = {"train": range(160), "validation": range(100, 200), "test": range(180, 240)}
    return {part: both.take(rows) for part, rows in places.items()}


def test_of_several_label_columns_and_parts_what_it_says_is_sound(look, dirty_parts):
    require_sound(look(dirty_parts), Evidence(dirty_parts).data)


def test_the_rows_stay_as_they_were(look, dirty_rows):
    before = copy.deepcopy(dirty_rows)
    look(dirty_rows, afresh=True)
    assert dirty_rows.fingerprint() == before.fingerprint()
    for name in ("texts", "labels", "groups", "times"):
        assert getattr(dirty_rows, name) == getattr(before, name)
    assert np.array_equal(dirty_rows.line_of, before.line_of)


def test_the_same_seed_finds_the_same(look, dirty_rows):
    state = np.random.get_state()[1].copy()  # noqa: NPY002  the state that nobody may touch
    assert look(dirty_rows, afresh=True) == look(dirty_rows, afresh=True)
    assert np.array_equal(np.random.get_state()[1], state), "the caller's random numbers were used"  # noqa: NPY002


def test_it_says_the_same_in_both_languages(look, dirty_rows):
    with speak("en"):
        english = look(dirty_rows, afresh=True)
    with speak("zh"):
        chinese = look(dirty_rows, afresh=True)
    assert [(one.severity, one.score, one.count) for one in english] == [
        (one.severity, one.score, one.count) for one in chinese
    ]
    for one, other in zip(english, chinese, strict=True):
        for name in _SAID:
            assert re.search(r"[\u4e00-\u9fff]", getattr(other, name)), getattr(other, name)
            assert getattr(one, name) != getattr(other, name)
        assert [fix.row for fix in one.fixes] == [fix.row for fix in other.fixes]
        for fix in other.fixes[:1]:
            assert re.search(r"[\u4e00-\u9fff]", fix.why)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_its_first_line_is_its_row_in_the_docs(name):
    line = (CHECKS[name].__doc__ or "").strip().partition("\n")[0]
    assert line.endswith(".")
    with speak("en"):
        assert look_up(line) == line
