"""The walk: each answer is saved, can be taken back, and counts only for the text that was on the screen."""

import pytest

from luodi.labelling import Walk, open_journal, read_journal, text_key


@pytest.fixture
def walk_to(tmp_path, source, looks, clock):
    """Open a walk over the journal of this test, anew each time, as a new process would."""
    place = tmp_path / "x.labels.jsonl"

    def run(act, who=None):
        with open_journal(place) as journal:
            return act(Walk(looks, source=source, journal=journal, who=who, clock=clock))

    run.place = place
    return run


def say(walk, *labels):
    """Answer what is asked, text after text; None skips."""
    for label in labels:
        shown = walk.question.look.text_sha256
        assert walk.skip(shown=shown) if label is None else walk.answer(label, shown=shown)


def test_every_answer_is_a_line_with_all_that_is_known(walk_to):
    walk_to(lambda walk: say(walk, "正面", None), who="anna")
    assert read_journal(walk_to.place) == [
        {
            "action": "label", "text_sha256": text_key("很好吃"), "head": "情感", "label": "正面", "previous": "正面",
            "origin": "memory:1", "who": "anna", "time": "0",
        },
        {
            "action": "skip", "text_sha256": text_key("太慢了"), "head": "情感", "label": None, "previous": "正面",
            "origin": "memory:2", "who": "anna", "time": "1",
        },
    ]  # fmt: skip


def test_a_text_in_several_rows_is_asked_about_once_with_all_its_labels(walk_to):
    def act(walk):
        say(walk, "正面")
        return walk.question

    question = walk_to(act)
    assert (question.text, question.n_rows, dict(question.given)) == ("太慢了", 2, {"正面": 1, "负面": 1})


def test_an_answer_to_a_text_that_is_not_asked_about_is_dropped(walk_to):
    """A second key pressed before the next text has appeared, or pressed in a tab that lags behind."""

    def act(walk):
        shown = walk.question.look.text_sha256
        assert walk.answer("正面", shown=shown)
        assert not walk.answer("负面", shown=shown)
        assert not walk.skip(shown=shown)
        assert not walk.answer("负面", shown="")
        return walk.n_done

    assert walk_to(act) == 1
    assert len(read_journal(walk_to.place)) == 1


def test_undo_asks_again_and_says_so_in_the_journal(walk_to):
    def act(walk):
        say(walk, "正面", "负面")
        assert walk.undo()
        assert walk.question.text == "太慢了"
        assert walk.undo()
        assert not walk.undo()
        return walk.question.text

    assert walk_to(act) == "很好吃"
    entries = read_journal(walk_to.place)
    assert [one["action"] for one in entries] == ["label", "label", "undo", "undo"]
    assert entries[2]["label"] is None
    assert entries[2]["previous"] == "负面"


def test_a_new_process_goes_on_where_the_last_one_stopped(walk_to):
    walk_to(lambda walk: say(walk, "正面", None))

    def act(walk):
        assert (walk.question.text, walk.n_done, walk.n) == ("还行", 2, 4)
        assert walk.last.action == "skip"
        assert walk.undo()
        return walk.question.text

    assert walk_to(act) == "太慢了"
    assert walk_to(lambda walk: walk.question.text) == "太慢了"


def test_two_people_do_not_see_each_others_answers(walk_to):
    walk_to(lambda walk: say(walk, "正面"), who="anna")
    assert walk_to(lambda walk: (walk.question.text, walk.last), who="ben") == ("很好吃", None)


def test_the_end_counts_what_became_of_the_texts(walk_to):
    def act(walk):
        say(walk, "正面", "负面", None, "正面")
        assert walk.question is None
        return walk.counts()

    assert walk_to(act) == {"new": 1, "confirmed": 1, "changed": 1, "skipped": 1}


def test_skipped_texts_are_asked_about_again_when_somebody_wishes_so(walk_to):
    def act(walk):
        say(walk, None, "负面", None)
        assert walk.ask_skipped() == 0  # there is still one that was not asked about
        say(walk, "正面")
        assert walk.ask_skipped() == 2
        say(walk, "正面")
        assert walk.undo()
        say(walk, "负面", None)
        return walk.counts()

    assert walk_to(act) == {"new": 1, "confirmed": 0, "changed": 2, "skipped": 1}


def test_texts_that_are_gone_from_the_table_are_left_out(tmp_path, source, looks, clock):
    from luodi.labelling import Look

    with open_journal(tmp_path / "x.labels.jsonl") as journal:
        walk = Walk([Look("0" * 64, "next"), *looks], source=source, journal=journal, clock=clock)
        assert walk.n == 4
