"""Progress: on standard error alone; a line now and then where there is no terminal."""

import pytest

from luodi.cli import screen
from luodi.language import speak


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test moves by hand."""
    hand = [0.0]
    monkeypatch.setattr(screen.time, "monotonic", lambda: hand[0])
    return hand


def test_nothing_reaches_standard_output(capsys, clock):
    progress = screen.Screen()
    progress.note("reading [bold]rows[/bold] of 数据.csv")
    with progress.work("reading", total=10, unit="rows") as bar:
        clock[0] = 60.0
        bar.advance(5, loss=0.123456)
    said = capsys.readouterr()
    assert said.out == ""
    assert "[bold]rows[/bold] of 数据.csv" in said.err
    assert "50%" in said.err
    assert "1:00 left" in said.err
    assert "loss 0.1235" in said.err


def test_a_line_every_few_seconds_at_most(capsys, clock):
    with screen.Screen().work("training", total=None, unit="steps") as bar:
        for second in range(100):
            clock[0] = float(second)
            bar.advance()
    lines = capsys.readouterr().err.splitlines()
    assert 1 <= len(lines) <= 10
    assert all("training" in line and "%" not in line for line in lines)


def test_an_empty_and_an_overfull_piece_of_work(capsys, clock):
    with screen.Screen().work("nothing", total=0, unit="rows") as bar:
        clock[0] = 20.0
        bar.advance(0)
    with screen.Screen().work("more", total=2, unit="rows") as bar:
        clock[0] = 60.0
        bar.advance(5)
    assert "-" not in capsys.readouterr().err  # no time left below nought


def test_figures_are_readable():
    assert screen._in_line({"loss": 0.5, "best": "macro_f1 0.9"}) == "loss 0.5  best macro_f1 0.9"
    assert screen._clock(61.9) == "1:01"


def test_figures_and_time_left_are_said_in_chinese(capsys, clock):
    with speak("zh"), screen.Screen().work("训练", total=10, unit="条") as bar:
        clock[0] = 60.0
        bar.advance(5, loss=0.5, tokens_per_s=1200.0, best=0.9)
    said = capsys.readouterr().err
    assert "剩余 1:00" in said
    assert "损失 0.5  词元/秒 1,200  最好成绩 0.9" in said
    assert not set("abcdefghijklmnopqrstuvwxyz") & set(said)
