"""Cleaners that a recipe, an option or the rows themselves name go all the way into the bundle."""

import csv
import json

import pytest

from luodi import build, read, recheck
from luodi.bundle import open_predictor, read_bundle
from luodi.data import clean
from luodi.errors import RecipeError
from luodi.job.prepare import divide
from luodi.job.recipe import make_recipe, read_recipe, write_recipe
from luodi.progress import Silent

NAMES = ("strip_html", "mask_personal")
FAST = {"stages": [{"use": "finetune", "epochs": 2, "learning_rate": 3e-3, "precision": "fp32"}], "precision": "fp32"}


def table(path, data):
    """Write rows as they come off a page: in tags, with a number to call."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "情感"])
        for row, (text, label) in enumerate(zip(data.texts, data.labels["情感"], strict=True)):
            writer.writerow([f"<p>{text}</p> 打 {13800138000 + row}", label])
    return path


@pytest.fixture(scope="module")
def raw(tmp_path_factory, toy_data):
    return table(tmp_path_factory.mktemp("rows") / "raw.csv", toy_data)


@pytest.fixture(scope="module")
def built(raw, tmp_path_factory, tiny_encoder):
    output = tmp_path_factory.mktemp("built") / "toy.luodi"
    return build(read(raw, clean=NAMES), output=output, model=str(tiny_encoder), tracker="none", **FAST)


@pytest.mark.parametrize("wish", ["data.clean=[strip_html, mask_personal]", "data.clean=strip_html"])
def test_an_option_names_them(wish):
    names = make_recipe({"data": {"path": "a.csv"}}, overrides=[wish]).data.clean
    assert names in (NAMES, "strip_html")


def test_a_recipe_writes_them_down_and_reads_them_again(tmp_path):
    recipe = make_recipe({"data": {"path": "a.csv", "clean": list(NAMES)}})
    (tmp_path / "r.yaml").write_text(write_recipe(recipe), encoding="utf-8")
    assert read_recipe(tmp_path / "r.yaml").data.clean == NAMES
    assert make_recipe({"data": {"path": "a.csv"}}).data.clean == ()


@pytest.mark.parametrize("wrong", [["strip_htm"], "strip_htm", 5, [5]])
def test_what_is_no_cleaner_is_a_fault_of_the_recipe(wrong):
    with pytest.raises(RecipeError, match=r"data.*(did you mean 'strip_html'|is not)"):
        make_recipe({"data": {"path": "a.csv", "clean": wrong}})


@pytest.fixture(scope="module")
def halves(tmp_path_factory, toy_data):
    """Two files without a row in common."""
    folder = tmp_path_factory.mktemp("halves")
    return [str(table(folder / f"{n}.csv", toy_data.take(range(n, n + 120)))) for n in (0, 120)]


def divided(data=None, **source):
    return divide(make_recipe({"data": {"path": "memory", **source}}).data, data=data, progress=Silent())


def test_every_file_of_a_recipe_is_cleaned(halves):
    made = divided(path=halves[0], test=halves[1], clean=list(NAMES))
    for part in (made.train, made.validation, made.test):
        assert part.cleaned == NAMES
        assert not [text for text in part.texts if "<p>" in text or "138001" in text]


def test_rows_that_were_cleaned_want_it_for_the_files_beside_them(halves):
    made = divided(read(halves[0], clean=NAMES), test=halves[1])
    assert made.train.cleaned == made.validation.cleaned == made.test.cleaned == NAMES


def test_a_recipe_cleans_rows_in_memory_once(halves, toy_data):
    assert divided(toy_data, clean="strip_html").test.cleaned == ("strip_html",)
    assert divided(read(halves[0], clean=NAMES), clean=list(NAMES)).test.cleaned == NAMES
    with pytest.raises(RecipeError, match="already"):
        divided(read(halves[0], clean=NAMES), clean="collapse_space")


def test_the_bundle_names_them_and_its_recipe_too(built):
    assert read_bundle(built.bundle).manifest.clean == NAMES
    assert read_recipe(built.bundle / "recipe.yaml").data.clean == NAMES


def test_nothing_that_was_masked_is_in_the_bundle(built):
    for name in ("report.json", "report.html", "card.md", "tokenizer.json"):
        text = (built.bundle / name).read_text("utf-8")
        assert "<p>物流" not in text
        assert not [row for row in range(240) if str(13800138000 + row) in text]
    assert "[PHONE]" in json.loads((built.bundle / "report.json").read_text("utf-8"))["probes"][0]["text"]


def test_all_forms_agree_and_the_proof_holds_on_raw_rows(built, raw):
    assert built.report.parity[-1].max_abs_diff == 0
    on_raw, on_clean = (recheck(built.bundle, data=read(raw, clean=names)) for names in ((), NAMES))
    assert on_raw.same_answers
    assert on_raw.report.heads["情感"].metrics["accuracy"] == on_clean.report.heads["情感"].metrics["accuracy"]


def test_it_answers_raw_texts_as_clean_ones(built, toy_data):
    texts = [f"<div>{text}</div>致电13800138000" for text in toy_data.texts[:20]]
    with open_predictor(read_bundle(built.bundle)) as predictor:
        raw, tidy = (predictor.predict(asked) for asked in (texts, [clean(text, NAMES) for text in texts]))
    assert [one.probability for one in raw] == [one.probability for one in tidy]
