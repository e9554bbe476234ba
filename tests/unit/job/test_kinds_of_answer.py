"""A label, several labels, spans and a score of one text: from the file to the proof, through every verb."""

import csv
import json

import pytest

from luodi import recheck
from luodi.bundle import read_bundle
from luodi.cli import main
from luodi.data import read
from luodi.data.spans import read_spans

SUBJECTS = ("物流", "包装", "味道", "服务", "价格")
GOOD = ("很快", "很好", "满意", "喜欢", "great", "lovely")
OPTIONS = ("--label", "情感", "--label", "主题", "--label", "片段", "--label", "星级:score")

TUNING = "{use: finetune, epochs: 12, patience: 24, learning_rate: 0.003, head_learning_rate: 0.01, precision: fp32}"


def row(text):
    spans = [[text.index(word), text.index(word) + 2, "对象"] for word in SUBJECTS if word in text]
    good = any(word in text for word in GOOD)
    return {
        "文本": f" {text}", "情感": "正面" if good else "负面", "主题": [word for word in SUBJECTS if word in text],
        "片段": [[start + 1, end + 1, label] for start, end, label in spans], "星级": 4.5 if good else 1.0,
    }  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory, toy_data):
    place = tmp_path_factory.mktemp("kinds")
    lines = [json.dumps(row(text), ensure_ascii=False) for text in toy_data.texts]
    (place / "rows.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return place


def run(capsys, *words, code=0):
    with pytest.raises(SystemExit) as left:
        main([*map(str, words), "--quiet", "--lang", "en"])
    printed = capsys.readouterr()
    assert left.value.code == code, printed.err
    return printed.out if code == 0 else printed.err


@pytest.fixture
def bundle(folder, tiny_encoder, capsys):
    """Built once, by the command line."""
    place = folder / "kinds.luodi"
    if not place.exists():
        run(
            capsys, "build", folder / "rows.jsonl", "--text", "文本", *OPTIONS, "-o", place, "--abstain", "0.2",
            "--model", tiny_encoder, "--set", f"stages=[{TUNING}]",
            "--budget", "片段.span_f1>=0.1", "--budget", "星级.mean_absolute_error<=9",
        )  # fmt: skip
    return place


def test_it_is_proved_and_says_what_each_head_is(bundle):
    report = json.loads((bundle / "report.json").read_text("utf-8"))
    assert {head: one["metric"] for head, one in report["comparisons"].items()} == {
        "情感": "macro_f1", "主题": "macro_f1", "片段": "span_f1", "星级": "spearman",
    }  # fmt: skip
    assert report["breaches"] == []
    assert [row["label_flips"] for row in report["report"]["parity"] if row["to"] in ("exported", "bundle")] == [0, 0]
    assert set(report["data"]["labels"]["主题"]["train"]) <= set(SUBJECTS)
    assert report["data"]["labels"]["星级"]["train"] == {}
    assert "星级: score" in (bundle / "recipe.yaml").read_text("utf-8")
    assert recheck(bundle).same_answers


def test_answers_in_json_have_places(bundle, capsys):
    said = json.loads(run(capsys, "predict", bundle, "🙂物流很快", "--json"))
    assert {one["label"] for one in said["主题"]} <= set(SUBJECTS)
    assert all("🙂物流很快"[one["start"] : one["end"]] == one["text"] for one in said["片段"])
    assert said["星级"]["low"] <= said["星级"]["value"] <= said["星级"]["high"]


def test_a_table_of_answers_can_be_read_again_and_scored(bundle, folder, capsys):
    """Answers are cells as labels are: that is how they come home. Beside themselves they are right, every one."""
    with (folder / "texts.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        texts = [json.loads(line)["文本"] for line in (folder / "rows.jsonl").read_text("utf-8").splitlines()]
        writer.writerows([["文本"], *([text] for text in texts)])
    run(capsys, "predict", bundle, "--file", folder / "texts.csv", "-o", folder / "answers.csv")
    again = read(folder / "answers.csv", text="文本", labels={"片段": "spans", "主题": "several", "星级": "number"})
    assert again.labels["片段"][0] is not None
    assert all(span.label == "对象" for cell in again.labels["片段"] for span in read_spans(cell))
    found = json.loads(run(capsys, "evaluate", bundle, folder / "answers.csv", "--text", "文本", "--json"))
    assert {head: one["accuracy"]["value"] for head, one in found["heads"].items()} == dict.fromkeys(
        ("情感", "主题", "片段", "星级"), 1.0
    )


def test_rows_that_lack_one_heads_labels_are_scored_for_the_others(bundle, folder, capsys):
    some = [json.loads(line) for line in (folder / "rows.jsonl").read_text("utf-8").splitlines()[:20]]
    lines = [json.dumps({**one, "星级": 1.0 if place == 0 else None}) for place, one in enumerate(some)]
    (folder / "some.jsonl").write_text("\n".join(lines), encoding="utf-8")
    out = run(capsys, "evaluate", bundle, folder / "some.jsonl", "--text", "文本")
    assert "片段, 20 rows" in out
    assert "spearman" in out


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("情感:tag", "no list of spans"),
        ("情感:score", "no number"),
        ("情感:tga", "no column"),
    ],
)  # fmt: skip
def test_a_head_that_does_not_suit_its_cells_is_refused(folder, tiny_encoder, capsys, option, said):
    words = ("build", folder / "rows.jsonl", "--text", "文本", "--label", option, "--model", tiny_encoder)
    assert said in run(capsys, *words, "-o", folder / "x.luodi", code=3)


def test_a_recipe_with_a_head_that_there_is_not_is_refused(folder, capsys):
    words = ("build", folder / "rows.jsonl", "--set", "data.labels={片段: tga}", "-o", folder / "x.luodi")
    assert "did you mean 'tag'" in run(capsys, *words, code=2)


def test_the_bundle_knows_its_heads(bundle):
    heads = read_bundle(bundle).task.heads
    assert [type(head).__name__ for head in heads] == ["Classify", "Multilabel", "Tag", "Score"]
