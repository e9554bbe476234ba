"""The table of rates says what each tuner takes, in both languages."""

import re
from pathlib import Path

import pytest

from luodi.job.parts import enrol
from luodi.registry import parts

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| (`[a-z_`、, ]+`) \| ([\d.e-]*) ?\| ([\d.e-]+) \|$", re.MULTILINE)

enrol()


@pytest.mark.parametrize("page", ["tuning.md", "zh/tuning.md"])
def test_the_table_of_rates_holds_what_each_tuner_takes(page):
    rows = ROW.findall((DOCS / page).read_text(encoding="utf-8"))
    said = {name: (rate, head) for names, rate, head in rows for name in re.findall("[a-z_]+", names)}
    tuners = parts("tuner")
    assert said.keys() == tuners.keys()
    assert len(said) >= 6
    for name, (rate, head) in said.items():
        assert float(head) == tuners[name].head_learning_rate
        assert not rate or float(rate) == tuners[name].learning_rate  # heads alone have no other rate
