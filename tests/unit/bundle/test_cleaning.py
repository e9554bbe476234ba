"""A bundle cleans what it is asked as the rows were cleaned that it learned from."""

import io
import json

import numpy as np
import pytest

from luodi.bundle import open_predictor, read_bundle
from luodi.bundle.answers import answer_file, answer_lines
from luodi.bundle.manifest import read_manifest
from luodi.bundle.rows import read_labelled
from luodi.data import clean
from luodi.errors import BundleError
from luodi.progress import Silent

NAMES = ("normalise_unicode", "strip_html", "mask_personal")
RAW = ["<p>物流很快</p>，打１３８００１３８０００", "包装很差", "<b>味道</b>很好&nbsp;🙂", "<br>", "", "\ud800"]


@pytest.fixture
def cleaning(forged):
    with open_predictor(read_bundle(forged(clean=NAMES))) as runner:
        yield runner


def test_it_answers_as_if_it_were_asked_clean(cleaning, written):
    tidy = [clean(text, NAMES) for text in RAW]
    with open_predictor(read_bundle(written)) as plain:
        np.testing.assert_array_equal(cleaning.logits(RAW)["情感"], plain.logits(tidy)["情感"])
        assert not np.allclose(cleaning.logits(RAW)["情感"], plain.logits(RAW)["情感"])
    np.testing.assert_array_equal(cleaning.logits(tidy)["情感"], cleaning.logits(RAW)["情感"])


def test_a_text_is_cleaned_before_it_is_cut(forged):
    """What stands behind a long script is read."""
    long = f"<script>{'x' * 30_000}</script>物流很快"
    with open_predictor(read_bundle(forged(clean=("strip_html",)))) as runner:
        np.testing.assert_array_equal(runner.logits([long])["情感"], runner.logits(["物流很快"])["情感"])


def test_predict_shows_texts_as_they_were_given(cleaning, tmp_path):
    out = io.StringIO()
    answer_lines(cleaning, [RAW[:3]], out, as_json=True)
    assert [json.loads(line)["text"] for line in out.getvalue().splitlines()] == RAW[:3]
    file = tmp_path / "new.csv"
    file.write_text("text\n" + "\n".join(RAW[:3]) + "\n", encoding="utf-8")
    answer_file(cleaning, file, tmp_path / "out.csv", as_json=False, progress=Silent())
    lines = (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()[1:]
    assert [line.split(",")[0] for line in lines] == RAW[:3]


def test_labelled_rows_are_read_as_they_were_learned(cleaning, tmp_path):
    file = tmp_path / "new.csv"
    file.write_text("text,情感\n<p>物流很快</p>,正面\n<br>,负面\n打13800138000,负面\n", encoding="utf-8")
    data = read_labelled(cleaning.bundle, file)
    assert data.texts == ("物流很快", "打[PHONE]")
    assert data.cleaned == NAMES
    assert read_labelled(cleaning.bundle, file, clean=()).texts[1] == "<br>"


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text("utf-8"))


def test_the_manifest_names_the_cleaners(cleaning, written):
    assert manifest_of(cleaning.bundle.path)["clean"] == list(NAMES)
    assert cleaning.bundle.manifest.clean == NAMES
    assert read_bundle(written).manifest.clean == ()


def test_a_manifest_of_before_still_reads(written):
    raw = manifest_of(written)
    del raw["clean"]
    assert read_manifest(json.dumps(raw).encode(), place="old").clean == ()


@pytest.mark.parametrize("names", [["strip_htm"], ["strip_html", "__import__"], "strip_html", [1], ["strip_html"] * 17])
def test_cleaners_that_are_not_known_are_refused(written, names):
    raw = {**manifest_of(written), "clean": names}
    with pytest.raises(BundleError, match="cannot be trusted") as refused:
        read_manifest(json.dumps(raw).encode(), place="odd")
    assert refused.value.found.startswith("clean")
