"""Files that come divided in part: what is missing is held out as the recipe says."""

from luodi.job.prepare import divide
from luodi.job.recipe import make_recipe
from luodi.progress import Silent
from tests.unit.data.test_split import different


def table(path, texts, *, customers):
    rows = [
        f"{text},{'ab'[row % 2]},c{customers + row // 6},2024-01-{1 + row % 28:02d}" for row, text in enumerate(texts)
    ]
    path.write_text("\n".join(["text,label,customer,day", *rows]), encoding="utf-8")
    return str(path)


def divided(tmp_path, **split):
    texts = different(300)
    train, validation = (
        table(tmp_path / "a.csv", texts[:240], customers=0),
        table(tmp_path / "v.csv", texts[240:], customers=90),
    )
    recipe = make_recipe({"data": {"path": train, "validation": validation, "split": split}})
    return divide(recipe.data, progress=Silent())


def test_the_plan_holds_for_the_part_that_is_missing(tmp_path):
    made = divided(tmp_path, test=0.4)
    assert (len(made.train), len(made.validation), len(made.test)) == (144, 60, 96)


def test_groups_stay_together_beside_a_file_of_its_own(tmp_path):
    made = divided(tmp_path, by="customer")
    assert not set(made.train.groups) & set(made.test.groups)


def test_the_newest_rows_become_the_test_beside_a_file_of_its_own(tmp_path):
    made = divided(tmp_path, time="day")
    assert max(made.train.times) <= min(made.test.times)
