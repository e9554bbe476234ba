"""A build that was stopped goes on, never with another build's work, and removes nothing that is not its own."""

import pytest

from luodi.data import Split, split
from luodi.errors import DataError, RecipeError
from luodi.job.recipe import make_recipe
from luodi.job.workshop import workshop
from luodi.progress import Silent


class Listener(Silent):
    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)

    @property
    def resumed(self):
        return [note for note in self.notes if "finished before" in note]


@pytest.fixture
def rows(toy_data):
    return split(toy_data)


def recipe(**fields):
    stages = [{"use": "trim_vocab"}, {"use": "finetune", "epochs": 1, "precision": "fp32"}]
    return make_recipe({"data": {"path": "a.csv"}, "stages": stages, **fields})


def work(folder, tiny_model, rows, wanted=None, *, close=False):
    listener = Listener()
    wanted = wanted or recipe()
    with workshop(folder, wanted, rows, tiny_model, progress=listener, tracker="none") as bench:
        made = bench.run(wanted, tiny_model, rows)
        if close:
            bench.close()
    return listener, made.forms


def test_finished_stages_are_taken_over(tmp_path, tiny_model, rows):
    first, made = work(tmp_path / "a.work", tiny_model, rows)
    again, remade = work(tmp_path / "a.work", tiny_model, rows)
    assert not first.resumed
    assert len(again.resumed) == 2
    assert [name for name, _ in made] == [name for name, _ in remade] == ["finetune"]
    assert made[-1][1].provenance == remade[-1][1].provenance


def test_the_logs_of_a_build_hold_its_recipe_and_the_rows(tmp_path, tiny_model, rows):
    wanted = recipe()
    with workshop(tmp_path / "a.work", wanted, rows, tiny_model, progress=Silent(), tracker="tensorboard") as bench:
        bench.run(wanted, tiny_model, rows)
    noted = b"".join(log.read_bytes() for log in (tmp_path / "a.work").rglob("events.out.tfevents.*"))
    assert b"use: trim_vocab" in noted
    assert rows.train.fingerprint().encode() in noted


@pytest.mark.parametrize("change", ["recipe", "rows", "model"])
def test_another_build_takes_over_nothing(tmp_path, tiny_model, rows, change):
    from dataclasses import replace

    work(tmp_path / "a.work", tiny_model, rows)
    other = Split(rows.train.take(range(100)), rows.validation, rows.test) if change == "rows" else rows
    wanted = recipe(seed=3) if change == "recipe" else recipe()
    source = {**tiny_model.provenance[0], "sha256": "another"}
    model = replace(tiny_model, provenance=(source,)) if change == "model" else tiny_model
    listener, _ = work(tmp_path / "a.work", model, other, wanted)
    assert not listener.resumed
    assert any("starting anew" in note for note in listener.notes)
    back, _ = work(tmp_path / "a.work", tiny_model, rows)
    assert len(back.resumed) == 2, "a moment with another recipe cost the work of this one"


def test_a_damaged_stage_is_done_again(tmp_path, tiny_model, rows):
    work(tmp_path / "a.work", tiny_model, rows)
    weights = next((tmp_path / "a.work").glob("build-*/stage-1-finetune/model.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-5])
    listener, forms = work(tmp_path / "a.work", tiny_model, rows)
    assert any("damaged" in note for note in listener.notes)
    assert forms[-1][0] == "finetune"


def test_nothing_foreign_is_removed(tmp_path, tiny_model, rows):
    folder = tmp_path / "mine.work"
    (folder / "photos").mkdir(parents=True)
    (folder / "thesis.txt").write_text("years of it")
    work(folder, tiny_model, rows, close=True)
    assert (folder / "thesis.txt").read_text() == "years of it"
    assert sorted(entry.name for entry in folder.iterdir()) == ["photos", "thesis.txt"]


def test_a_closed_workshop_leaves_nothing(tmp_path, tiny_model, rows):
    work(tmp_path / "a.work", tiny_model, rows, close=True)
    assert not (tmp_path / "a.work").exists()


def test_one_build_at_a_time(tmp_path, tiny_model, rows):
    with (
        workshop(tmp_path / "a.work", recipe(), rows, tiny_model, progress=Silent(), tracker=None),
        pytest.raises(RecipeError, match="another process"),
        workshop(tmp_path / "a.work", recipe(), rows, tiny_model, progress=Silent(), tracker=None),
    ):
        pass


def test_other_texts_under_the_same_name_are_another_build(tmp_path, tiny_model, rows):
    texts = tmp_path / "more.txt"
    wanted = make_recipe({"data": {"path": "a.csv"}, "stages": [{"use": "distill", "unlabelled": str(texts)}]})
    with pytest.raises(DataError, match=r"more\.txt cannot be read"):
        _place(tmp_path, wanted, tiny_model, rows)
    texts.write_text("物流很快\n", encoding="utf-8")
    before = _place(tmp_path, wanted, tiny_model, rows)
    assert _place(tmp_path, wanted, tiny_model, rows) == before
    texts.write_text("物流太慢\n", encoding="utf-8")
    assert _place(tmp_path, wanted, tiny_model, rows) != before


def _place(tmp_path, wanted, model, rows):
    with workshop(tmp_path / "a.work", wanted, rows, model, progress=Silent(), tracker=None) as bench:
        return bench.folder
