"""A span of time is read as people write it, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.job.duration import read_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), (" 30M ", 1800), ("2h", 7200), ("1h30m", 5400), ("1h 1m 1s", 3661), ("1.5m", 90)]
)
def test_what_people_write(text, seconds):
    assert read_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "30", "m", "30 minutes", "-5m", "0s", "1:30", "1e3s", "٣m", "5m!", f"{'9' * 400}h"]
)
def test_what_is_none(text):
    with pytest.raises(ValueError, match="no span of time"):
        read_duration(text)


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        assert read_duration(text) > 0
    except ValueError as refused:
        assert "no span of time" in str(refused)  # noqa: PT017 - both ends are right
