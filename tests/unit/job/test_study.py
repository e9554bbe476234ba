"""What is tried next depends on the rows, the seed and nothing else; who lags behind is told."""

import pytest

from luodi.job.ledger import Ledger, Tried
from luodi.job.space import Choices, Range
from luodi.job.study import N_COMPARED, propose

SPACE = {
    "rate": Range(1e-4, 1e-2, log=True, auto=1e-3),
    "epochs": Range(1, 6, whole=True),
    "tuner": Choices(("full", {"use": "lora", "rank": 2})),
}
STANDING = {"rate": "auto", "epochs": 3, "tuner": "full"}


def ask(rows, seed=7):
    return propose(SPACE, rows, standing=STANDING, seed=seed)


def searched(n, seed=7):
    rows = []
    for number in range(1, n + 1):
        fields = ask(rows, seed).fields
        score = 0.9 if isinstance(fields["tuner"], dict) else 0.1
        rows.append(Tried(number, fields, "done", score, 1.0))
    return rows


def test_the_first_is_what_stands():
    assert ask([]).fields == STANDING


def test_a_search_is_repeated_by_its_seed_alone():
    assert searched(12) == searched(12)
    assert searched(12) != searched(12, seed=8)


def test_what_is_proposed_lies_in_the_space_and_is_new():
    rows = searched(25)
    for row in rows[1:]:
        assert 1e-4 <= row.fields["rate"] <= 1e-2
        assert isinstance(row.fields["epochs"], int)
        assert 1 <= row.fields["epochs"] <= 6
    assert all(row.fields not in [one.fields for one in rows[:place]] for place, row in enumerate(rows))


@pytest.mark.parametrize(("low", "high"), [(1e-4, 1e-2), (0.10001, 0.10002), (-512.4, -512.2), (0, 1e-9)])
def test_a_range_yields_many_numbers_that_people_can_read(low, high):
    rows = []
    for number in range(1, 9):
        fields = propose({"a": Range(low, high)}, rows, standing={"a": low}, seed=7).fields
        rows.append(Tried(number, fields, "done", 0.5, 1.0))
    assert all(low <= row.fields["a"] <= high and len(str(row.fields["a"])) <= 12 for row in rows)


def test_what_did_well_is_tried_more():
    later = searched(30)[15:]
    assert sum(isinstance(row.fields["tuner"], dict) for row in later) > 0.7 * len(later)


def test_rows_from_the_disk_lead_to_the_same_trial(tmp_path):
    ledger = Ledger(tmp_path / "trials.json")
    for row in searched(9):
        ledger.add(row)
    again = Ledger(tmp_path / "trials.json")
    assert list(again.rows) == list(ledger.rows)
    assert ask(again.rows).fields == ask(ledger.rows).fields


def test_a_space_that_is_exhausted_proposes_nothing():
    space = {"tuner": Choices(("full", "probe"))}
    rows = [Tried(n, {"tuner": name}, "done", 0.5, 1.0) for n, name in enumerate(("full", "probe"), start=1)]
    assert propose(space, rows[:1], standing={"tuner": "full"}, seed=7).fields == {"tuner": "probe"}
    assert propose(space, rows, standing={"tuner": "full"}, seed=7) is None


@pytest.mark.parametrize(("n", "best", "is_behind"), [
    (N_COMPARED, 0.4, True), (N_COMPARED, 0.6, False), (N_COMPARED - 1, 0.4, False),
])  # fmt: skip
def test_who_lies_below_the_median_lags_behind(n, best, is_behind):
    rows = [Tried(number, {**STANDING, "epochs": number}, "done", 0.9, 1.0, {1: 0.5}) for number in range(1, n + 1)]
    assert ask(rows).is_behind(1, best) is is_behind


def test_stopped_and_failed_trials_count_for_what_comes_next():
    done = Tried(1, STANDING, "done", 0.9, 1.0, {1: 0.5})
    others = [
        Tried(2, {**STANDING, "epochs": 1}, "pruned", 0.2, 1.0, {1: 0.2}),
        Tried(3, {**STANDING, "epochs": 2}, "failed", None, 1.0, why="diverged"),
    ]
    assert ask([done, *others]).fields not in [STANDING, *(row.fields for row in others)]


def test_how_much_optuna_says_elsewhere_stays():
    import optuna

    before = optuna.logging.get_verbosity()
    ask(searched(2))
    assert optuna.logging.get_verbosity() == before


def test_a_damaged_ledger_counts_as_none(tmp_path):
    place = tmp_path / "trials.json"
    for text in ("", "[", "5", '[{"number": 1}]', '[{"reached": 3}]', "[null]"):
        place.write_text(text, "utf-8")
        assert Ledger(place).rows == []
        assert Ledger(place).best is None


def test_of_equals_the_first_is_the_best(tmp_path):
    ledger = Ledger(tmp_path / "trials.json")
    for number, (state, score) in enumerate((("done", 0.5), ("done", 0.5), ("pruned", 0.9), ("failed", None)), start=1):
        ledger.add(Tried(number, {}, state, score, 1.5))
    assert ledger.best.number == 1
    assert ledger.seconds == 6
