"""The tuner is chosen by what rows, memory and time allow, and the choice is told and noted."""

import dataclasses

import pytest

from luodi.data import Dataset
from luodi.job.schema import build_part
from luodi.models import Run, apply
from luodi.progress import Silent
from luodi.tune import Finetune, Full
from luodi.tune.auto import Ahead, Machine, choose_tuner, this_machine, typical_rows
from luodi.tune.lora import Lora
from luodi.tune.probe import Probe
from luodi.tune.top_k import TopK

ENOUGH = Ahead(rows_per_label=100.0, n_tokens=10**6, epochs=5, minutes=None)
#: One tiny model's full training of ENOUGH takes it some minutes.
SLOW = Machine(flops=1e9, memory=2.0**33)


class Notes(Silent):
    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)


def minutes_of_full(model):
    inner = sum(one.numel() for one in model.network.encoder.encoder.parameters())
    return 6 * inner * 5e6 / 1e9 / 60


@pytest.mark.parametrize(("share", "tuner"), [(None, Full()), (2.0, Full()), (0.75, TopK(layers=1)), (0.001, Probe())])
def test_less_time_changes_less(tiny_model, share, tuner):
    minutes = None if share is None else share * minutes_of_full(tiny_model)
    assert choose_tuner(tiny_model, dataclasses.replace(ENOUGH, minutes=minutes), SLOW).tuner == tuner


def test_few_rows_change_the_heads_alone(tiny_model):
    chosen = choose_tuner(tiny_model, dataclasses.replace(ENOUGH, rows_per_label=3.0), SLOW)
    assert chosen.tuner == Probe()
    assert "3 rows of a typical label" in chosen.why


def test_short_memory_takes_updates(tiny_model):
    chosen = choose_tuner(tiny_model, ENOUGH, Machine(1e9, tiny_model.n_parameters * 20.0))
    assert chosen.tuner == Lora()
    assert "GiB" in chosen.why


def test_this_machine_has_something():
    assert this_machine().flops > 1e9
    assert this_machine().memory > 2**28


def test_typical_rows_are_those_of_the_scarcest_head():
    data = Dataset.of(["x"] * 8, {"a": list("ppppqqqq"), "b": [*"rrst", *[None] * 4]})
    assert typical_rows(data) == 1.0
    assert typical_rows(Dataset.of([], {"a": []})) == 0.0


def test_the_choice_is_told_and_noted(tiny_model, toy_data):
    listener = Notes()
    stage = Finetune(tuner="auto", epochs=1, precision="fp32", minutes=1e-9)
    made = apply(stage, tiny_model, toy_data, run=Run(None, listener))
    assert any(note.startswith("tuner: probe: everything else takes longer") for note in listener.notes)
    row = made.provenance[-1]
    assert (row["tuner"], row["chose"]) == ("auto", {"use": "probe"})
    update = stage.update(tiny_model, toy_data)
    assert update.about["tuner"] == {"use": "probe"}


def test_without_a_limit_it_is_full_tuning(tiny_model, toy_data):
    auto, full = (Finetune(tuner=tuner, epochs=1, precision="fp32") for tuner in ("auto", Full()))
    one, other = (stage(tiny_model, toy_data).network.state_dict() for stage in (auto, full))
    assert all((one[name] == other[name]).all() for name in one)


def test_a_recipe_names_it(tiny_model):
    faults = {}
    assert build_part(Finetune, {"tuner": "auto"}, place="", faults=faults).tuner == "auto"
    assert build_part(Finetune, {"tuner": "probe"}, place="", faults=faults).tuner == Probe()
    assert not faults
    build_part(Finetune, {"tuner": "atuo"}, place="", faults=faults)
    assert "atuo" in faults["tuner.use"]
