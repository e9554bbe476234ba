"""Dates that cannot be right."""

from datetime import date, timedelta

from luodi.auditing.checks.dates import dates
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset


def found(times):
    return list(dates(Evidence({"train": Dataset.of([f"t{row}" for row in range(len(times))], times=tuple(times))})))


def every_day(n, start=date(2024, 1, 1)):
    return [f"{(start + timedelta(days=row)).isoformat()}T08:00:00" for row in range(n)]


def test_days_like_others_are_left_alone():
    assert found(every_day(200)) == []
    assert found([]) == []
    assert found(["2024-01-01"]) == []
    assert list(dates(Evidence({"train": Dataset.of(["a", "b"])}))) == []
    assert found(["", "", "not a date", "neither"]) == []


def test_dates_that_stand_in_for_unknown_ones_are_shown():
    (one,) = found([*every_day(200), "1970-01-01T00:00:00", "1900-01-01"])
    assert one.severity == "warning"
    assert [suspect.row for suspect in one.suspects] == [200, 201]
    assert "1900-01-01, 1970-01-01" in one.what


def test_one_moment_for_all_rows_says_nothing():
    (one,) = found(["2024-05-01T12:00:00"] * 50)
    assert one.severity == "warning"
    assert "all 50 rows" in one.what


def test_a_day_with_most_rows_is_likely_an_import():
    (one,) = found([*every_day(40), *["2024-02-20"] * 80])
    assert (one.severity, one.count) == ("note", 80)
    assert "39 days" in one.what or "40 days" in one.what


def test_a_long_gap_is_told():
    (one,) = found([*every_day(60), *every_day(60, date(2024, 8, 1))])
    assert one.severity == "note"
    assert "between 2024-02-29 and 2024-08-01" in one.what
    assert found([*every_day(120), "2025-01-01"]) == []  # a single late row is no second source
