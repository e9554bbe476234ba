"""What is kept is found again, as it was; on SQLite and on PostgreSQL alike."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.errors import DataError, LuodiError
from luodi.store import Correction, Wanted, open_store
from luodi.store.spelling import spell, unspell

AT = 1_000_000.0


def ids(kept):
    return [one.answered.id for one in kept]


def test_what_was_kept_is_found_again_as_it_was(store, answer):
    plain, bare = answer(), answer(1, text=None, n_tokens=None, abstained=True)
    assert store.keep([plain, bare]).result() is None
    assert store.one("r-0").answered == plain
    assert store.one("r-1").answered == bare
    assert store.one("r-2") is None


def test_it_is_still_there_when_the_store_is_opened_again(url, answer):
    first = open_store(url)
    first.keep([answer()])  # closing writes what waits
    first.close()
    second = open_store(url)
    assert second.one("r-0").answered == answer()
    second.close()
    with pytest.raises(LuodiError, match="closed"):
        second.keep([answer(1)])


@pytest.mark.parametrize(
    "text",
    ["", " ", "a\0b", "\ud800", "x\udfff\ud83d", "\ud83d\ude00", "😀👨‍👩‍👧", "\x1a0000", "\x1a\0", "\x1e\x1f", "a\r\nb",
     "\t", "字" * 100_000, "'; DROP TABLE answers; --", "%s %(a)s :b ?", "\ufffe\uffff", "<script>alert(1)</script>"],
)  # fmt: skip
def test_any_text_survives(store, answer, text):
    odd = answer(
        text=text, model=f"m{text[:50]}", tier=f"t{text[:50]}", request=text[:50],
        answers={f"h{text[:50]}": [{"label": text, "start": 0, "end": 1}]},
    )  # fmt: skip
    store.keep([odd]).result()
    store.correct(Correction("r-0", 5.0, f"h{text[:50]}", [text], text[:50])).result()
    kept = store.one("r-0")
    assert kept.answered == odd
    assert kept.corrections == (Correction("r-0", 5.0, f"h{text[:50]}", [text], text[:50]),)
    assert ids(store.look(Wanted(label=text, contains=text, model=f"m{text[:50]}"))) == ["r-0"]
    (tally,) = store.tallies(AT, AT + 1, 1)
    assert tally.labels == {f"h{text[:50]}": {text: 1}}


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_a_spelled_text_is_one_that_every_database_takes(text):
    spelled = spell(text)
    assert unspell(spelled) == text
    assert "\0" not in spelled
    assert spelled.encode("utf-8").decode("utf-8") == spelled


@given(st.text("\x00\x1a0af\ud800", max_size=12), st.text("\x00\x1a0af\ud800", max_size=3))
def test_what_stands_in_a_text_stands_in_its_spelling(text, part):
    assert spell(part) in spell(text) or part not in text


def test_no_two_answers_bear_one_id(store, answer):
    """Whoever is told that an answer is kept can rely on it: the second of two is refused, whole."""
    store.keep([answer()]).result()
    assert store.keep([answer()]).result() is None  # the same once more
    with pytest.raises(DataError, match="another answer bears the id 'r-0'"):
        store.keep([answer(7), answer(at=AT + 5, text="another"), answer(8)]).result()
    assert store.one("r-0").answered == answer()
    assert ids(store.look(Wanted())) == ["r-0"]


def test_a_refused_id_takes_nobody_along(store, answer):
    hold, held = threading.Event(), threading.Event()
    store.write(lambda _: (held.set(), hold.wait()))
    held.wait()
    first, second = store.keep([answer(1), answer(2)]), store.keep([answer(1, at=AT + 9), answer(3)])
    third = store.keep([answer(4)])
    hold.set()
    assert first.result() is third.result() is None
    assert isinstance(second.exception(), DataError)
    assert sorted(ids(store.look(Wanted()))) == ["r-1", "r-2", "r-4"]


def test_the_newest_come_first_page_by_page(store, answer):
    store.keep([answer(n % 7, id=f"r-{n:02}") for n in range(20)]).result()
    seen, before = [], None
    while page := store.look(Wanted(limit=6, before=before)):
        seen += page
        before = (page[-1].answered.at, page[-1].answered.id)
    order = [(one.answered.at, one.answered.id) for one in seen]
    assert order == sorted(order, reverse=True)
    assert len(set(ids(seen))) == 20
    assert store.look(Wanted(limit=0)) == []


def test_answers_are_sifted(store, answer):
    several = [{"label": "价格", "probability": 0.9}, {"label": "味道", "probability": 0.8}]
    store.keep([
        answer(0), answer(1, model="other"), answer(2, probability=0.4, text="Nice PHONE, 100% ÄPFEL"),
        answer(3, answers={"情感": {"label": "负面", "probability": 0.9}, "题": several}), answer(4, text=None),
    ]).result()  # fmt: skip
    store.correct(Correction("r-3", AT, "情感", "正面", "")).result()

    def found(**wanted):
        return sorted(ids(store.look(Wanted(**wanted))))

    assert found() == ["r-0", "r-1", "r-2", "r-3", "r-4"]
    assert found(model="other") == ["r-1"]
    assert found(since=AT + 1, until=AT + 3) == ["r-1", "r-2"]
    assert found(contains="nice phone") == ["r-2"]
    assert found(contains="100%") == ["r-2"]
    assert found(contains="äpfel") == []  # of other letters a capital is another sign, in every database
    assert found(contains="流") == ["r-0", "r-1", "r-3"]
    assert found(label="味道") == ["r-3"]
    assert found(label="味") == []
    assert found(label="情感") == []
    assert found(below=0.9) == ["r-2"]
    assert found(corrected=True) == ["r-3"]
    assert found(corrected=False, since=AT + 2) == ["r-2", "r-4"]


def test_the_last_correction_of_a_head_holds(store, answer):
    store.keep([answer()]).result()
    said = [Correction("r-0", AT + n, head, label, "me") for n, (head, label) in enumerate(
        [("情感", "负面"), ("题", ["a", "b"]), ("情感", "中性"), ("位", [[0, 2, "物"]]), ("分", 3.5)])]  # fmt: skip
    for one in said:
        store.correct(one)
    store.correct(Correction("r-0", AT + 9, "x", None, "")).result()
    kept = store.one("r-0")
    assert kept.corrections[:5] == tuple(said)
    assert kept.right() == {"情感": "中性", "题": ["a", "b"], "位": [[0, 2, "物"]], "分": 3.5, "x": None}
    assert store.look(Wanted())[0] == kept


def test_only_what_is_kept_can_be_corrected(store, answer):
    waiting = store.keep([answer()])
    good = store.correct(Correction("r-0", AT, "情感", "负面", ""))
    bad = store.correct(Correction("r-1", AT, "情感", "负面", ""))
    assert waiting.result() is good.result() is None
    with pytest.raises(DataError, match="r-1"):
        bad.result()
    assert len(store.one("r-0").corrections) == 1


def test_answers_are_counted_by_stretches_of_time(store, answer):
    several = {"情感": {"label": "负面", "probability": 0.5}, "题": [{"label": "a"}, {"label": "b"}]}
    store.keep([
        answer(0), answer(1, abstained=True, probability=0.5, seconds=0.03), answer(10, tier="small", answers=several),
        answer(25, model="other"), answer(30),
    ]).result()  # fmt: skip
    store.correct(Correction("r-10", AT, "情感", "正面", "")).result()
    store.correct(Correction("r-10", AT, "题", ["a"], "")).result()
    first, second, third = store.tallies(AT, AT + 30, 10)
    assert (first.start, first.n, first.n_abstained, first.n_corrected) == (AT, 2, 1, 0)
    assert first.mean_probability == pytest.approx(0.7)
    assert first.mean_seconds == pytest.approx(0.02)
    assert first.labels == {"情感": {"正面": 2}}
    assert second.labels == {"情感": {"负面": 1}, "题": {"a": 1, "b": 1}}
    assert (second.tiers, second.n_corrected) == ({"small": 1}, 1)
    assert third.n == 1
    assert [one.n for one in store.tallies(AT, AT + 35, 10, "reviews")] == [2, 1, 0, 1]
    assert [one.n for one in store.tallies(AT, AT + 25, 10)] == [2, 1, 0]  # the last stretch ends where it is told to
    empty = store.tallies(AT + 100, AT + 101, 1)[0]
    assert (empty.n, empty.mean_probability, empty.labels) == (0, None, {})


def test_an_unfit_row_fails_alone(store, answer):
    """Rows that wait together are written together; one that the database refuses takes none of them along."""
    hold, held = threading.Event(), threading.Event()
    store.write(lambda _: (held.set(), hold.wait()))
    held.wait()
    good = [store.keep([answer(n)]) for n in range(5)]
    bad = store.keep([answer(9), answer(10, n_tokens=2**70)])
    good += [store.keep([answer(n)]) for n in range(5, 9)]
    hold.set()
    assert {one.result() for one in good} == {None}
    assert isinstance(bad.exception(), LuodiError | OverflowError)
    assert len(store.look(Wanted())) == 9
    store.keep([answer(11)]).result()


def test_corrections_are_kept_together_and_counted(store, answer):
    from luodi.store.store import _MOST_CORRECTIONS
    from luodi.store.tidy import used_bytes

    def used():
        with store.reading() as connection:
            return used_bytes(connection)

    store.keep([answer()]).result()
    before = used()
    store.correct(Correction("r-0", AT, "情感", "负" * 1000, ""), Correction("r-0", AT, "题", "b", "")).result()
    assert len(store.one("r-0").corrections) == 2
    assert used() - before > 2000
    for _ in range(_MOST_CORRECTIONS - 2):
        store.correct(Correction("r-0", AT, "情感", "负面", "")).result()
    with pytest.raises(DataError, match="corrected"):
        store.correct(Correction("r-0", AT, "情感", "负面", "")).result()
    assert len(store.one("r-0").corrections) == _MOST_CORRECTIONS


def test_a_file_that_is_replaced_is_written_no_more(tmp_path, answer):
    store = open_store(tmp_path / "store.db")
    store.keep([answer()]).result()
    (tmp_path / "store.db").rename(tmp_path / "elsewhere.db")
    open_store(tmp_path / "store.db").close()
    with pytest.raises(LuodiError, match="gone"):
        store.keep([answer(1)])
    with pytest.raises(LuodiError, match="gone"):
        store.correct(Correction("r-0", AT, "情感", "负面", ""))
    store.close()
