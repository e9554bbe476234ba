"""Whoever does not listen hears nothing, and the work goes on all the same."""

import pytest

from luodi.progress import Silent


def test_silence_is_silent(capfd):
    silent = Silent()
    silent.note("读取中")
    with silent.work("reading", total=None, unit="rows") as bar:
        bar.advance()
        bar.advance(10, loss=0.5, note="x")
    assert capfd.readouterr() == ("", "")


def test_an_error_in_the_work_comes_out():
    with pytest.raises(KeyError), Silent().work("reading", total=3, unit="rows"):
        raise KeyError
