"""Two texts held against each other: from the file to the proof, through every verb, read together and apart."""

import csv
import json

import pytest

import luodi
from luodi import recheck
from luodi.bundle import open_predictor, read_bundle
from luodi.cli import main
from luodi.data import halves, pair

GOOD = ("很快", "很好", "满意", "喜欢", "great", "lovely")
TUNING = "{use: finetune, epochs: 10, patience: 24, learning_rate: 0.003, head_learning_rate: 0.01, precision: fp32}"


def rows(texts):
    """Each question with four candidates, of which the pleased ones fit."""
    good = [text for text in texts if any(word in text for word in GOOD)]
    bad = [text for text in texts if text not in good]
    for row in range(len(texts)):
        first = good[row // 4]
        second = bad[7 * row % len(bad)] if row % 2 else good[(5 * row + 60) % len(good)]
        yield first, second, "否" if row % 2 else "是"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, toy_data):
    place = tmp_path_factory.mktemp("pairs")
    with (place / "pairs.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("问题1", "问题2", "是否相似"), *rows(toy_data.texts)])
    return place


def run(capsys, *words, code=0):
    with pytest.raises(SystemExit) as left:
        main([*map(str, words), "--quiet", "--lang", "en"])
    printed = capsys.readouterr()
    assert left.value.code == code, printed.err
    return printed.out if code == 0 else printed.err


@pytest.fixture(params=["match", "retrieve"])
def bundle(folder, tiny_encoder, capsys, request):
    """Built once of a kind, by the command line; ``match`` by the names of its columns alone."""
    place = folder / f"{request.param}.luodi"
    if not place.exists():
        named = () if request.param == "match" else ("--label", "是否相似:retrieve")
        run(
            capsys, "build", folder / "pairs.csv", *named, "-o", place, "--abstain", "0.3", "--model", tiny_encoder,
            "--set", f"stages=[{TUNING}]", "--budget", "ndcg_at_10>=0.1", "--budget", "average_precision>=0.1",
        )  # fmt: skip
    return place


def test_it_is_proved(bundle):
    report = json.loads((bundle / "report.json").read_text("utf-8"))
    metrics = report["report"]["heads"]["是否相似"]
    assert {"f1", "average_precision", "recall_at_1", "recall_at_5", "mrr", "ndcg_at_10"} < set(metrics)
    assert metrics["ndcg_at_10"]["low"] <= metrics["ndcg_at_10"]["value"] <= metrics["ndcg_at_10"]["high"]
    assert report["breaches"] == []
    ranking = report["evidence"]["heads"]["是否相似"]["ranking"]
    assert sum(ranking["places"].values()) >= 5
    assert ("pool" in ranking) == (bundle.stem == "retrieve")
    assert ranking.get("pool", {"recall_at_10": 1.0})["recall_at_10"] > 0
    assert [row["label_flips"] for row in report["report"]["parity"] if row["to"] in ("exported", "bundle")] == [0, 0]
    assert f"是否相似: {bundle.stem}" in (bundle / "recipe.yaml").read_text("utf-8")
    assert "\x1f" not in (bundle / "report.html").read_text("utf-8")
    assert recheck(bundle).same_answers


def test_one_question_stands_on_one_side(bundle):
    data = luodi.read(bundle.parent / "pairs.csv")
    from luodi.data import split

    parts = split(data)
    asked = [{halves(text)[0] for text in part.texts} for part in (parts.train, parts.validation, parts.test)]
    assert not (asked[0] & asked[1])
    assert not (asked[0] & asked[2])
    assert not (asked[1] & asked[2])
    assert all(asked)


def test_two_texts_are_answered(bundle, capsys):
    said = json.loads(run(capsys, "predict", bundle, "物流很快", "包装很好", "--json"))
    assert said["是否相似"]["label"] in ("是", "否")
    assert 0 <= said["是否相似"]["score"] <= 1
    assert ("similarity" in said["是否相似"]) == (bundle.stem == "retrieve")
    assert "two by two" in run(capsys, "predict", bundle, "物流很快", code=2)


def test_a_file_is_answered_and_its_answers_are_right_beside_themselves(bundle, capsys):
    answers = bundle.with_suffix(".csv")
    run(capsys, "predict", bundle, "--file", bundle.parent / "pairs.csv", "-o", answers)
    with answers.open(encoding="utf-8-sig", newline="") as stream:
        read = list(csv.DictReader(stream))
    column = next(name for name in read[0] if name.startswith("是否相似_answer"))
    with open_predictor(read_bundle(bundle)) as predictor:
        again = predictor.predict([pair(row["问题1"], row["问题2"]) for row in read])
    assert [one.label for one in again] == [row[column] for row in read]
    found = json.loads(run(capsys, "evaluate", bundle, answers, "--label", column, "--json"))
    assert found["heads"]["是否相似"]["accuracy"]["value"] == 1.0
    right = json.loads(run(capsys, "evaluate", bundle, bundle.parent / "pairs.csv", "--json"))
    assert 0.5 < right["heads"]["是否相似"]["average_precision"]["value"] <= 1.0


def test_a_table_of_one_text_is_refused(bundle, folder, capsys):
    (folder / "one.csv").write_text("text\n物流很快\n", encoding="utf-8")
    assert "two text columns" in run(capsys, "predict", bundle, "--file", folder / "one.csv", code=3)


def test_heads_that_read_in_two_ways_are_refused(folder, tiny_encoder, capsys):
    lines = (folder / "pairs.csv").read_text("utf-8").splitlines()
    both = [f"{line},{'再次' if place == 0 else line.rpartition(',')[2]}" for place, line in enumerate(lines)]
    (folder / "both.csv").write_text("\n".join(both), encoding="utf-8")
    words = ("build", folder / "both.csv", "--label", "是否相似:retrieve", "--label", "再次:match")
    said = run(capsys, *words, "--model", tiny_encoder, "-o", folder / "x.luodi", code=2)
    assert "cannot do both" in said


def test_candidates_are_found(folder, bundle, capsys):
    if bundle.stem == "match":
        with pytest.raises(luodi.LuodiError, match="no head 'retrieve'"):
            luodi.Finder(bundle, ["包装很好"])
        return
    candidates = ["包装很好", "服务太慢", "包装很好", "味道满意", "the room was cold"]
    with luodi.Finder(bundle, candidates) as finder:
        assert finder.candidates == ("包装很好", "服务太慢", "味道满意", "the room was cold")
        vectors = finder.vectors(finder.candidates)
        assert vectors.shape == (4, 384)
        alone = [finder.vectors([one])[0] for one in finder.candidates]
        assert abs(vectors - alone).max() < 1e-5
        found = finder.find("味道满意", k=3)
        assert found[0] == ("味道满意", pytest.approx(1.0, abs=1e-5))
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
        with open_predictor(read_bundle(bundle)) as predictor:
            (said,) = predictor.predict([pair("味道满意", found[1][0])])
        assert said.answers["是否相似"].similarity == pytest.approx(found[1][1], abs=1e-5)
        with pytest.raises(luodi.LuodiError, match="at least one"):
            finder.find("味道满意", k=0)
    judge = folder / "match.luodi"
    if judge.exists():
        with luodi.Finder(bundle, candidates, reranker=judge) as finder, open_predictor(read_bundle(judge)) as match:
            found = finder.find("味道满意", k=4)
            said = [one.answers["是否相似"] for one in match.predict([pair("味道满意", one) for one, _ in found])]
            assert [score for _, score in found] == pytest.approx([one.score for one in said], abs=1e-5)
    (folder / "candidates.txt").write_text("\n".join(candidates), encoding="utf-8")
    lines = run(capsys, "find", bundle, "味道满意", "--among", folder / "candidates.txt", "--best", "2", "--json")
    assert json.loads(lines.splitlines()[0])["candidate"] == "味道满意"
    assert len(lines.splitlines()) == 2
