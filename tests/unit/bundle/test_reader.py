"""A bundle that was touched, forged or built to harm is refused with the file's name, before any engine opens it."""

import json
import os
import pickle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luodi.bundle import Contents, read_bundle
from luodi.errors import BundleError

FIXED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_a_sound_bundle_is_read(written, tiny_model):
    bundle = read_bundle(written)
    assert bundle.task == tiny_model.task
    assert bundle.temperatures == {"model": {"情感": 1.5}}
    assert bundle.read("tokenizer.json") == (written / "tokenizer.json").read_bytes()


@FIXED
@given(st.data())
def test_one_flipped_bit_anywhere_is_refused(copied, data):
    file = copied / data.draw(st.sampled_from(sorted(entry.name for entry in copied.iterdir())))
    raw = bytearray(file.read_bytes())
    place = data.draw(st.integers(0, len(raw) - 1))
    flipped = raw.copy()
    flipped[place] ^= 1 << data.draw(st.integers(0, 7))
    file.write_bytes(flipped)
    try:
        if file.name == "manifest.json":
            _same_or_refused(copied, bytes(raw), bytes(flipped))
        else:
            with pytest.raises(BundleError, match=file.name):
                read_bundle(copied)
    finally:
        file.write_bytes(raw)


def _same_or_refused(folder, raw, flipped):
    """A flip in the manifest's own free text (name, date, fingerprint) cannot be told; any other is refused."""
    try:
        read_bundle(folder)
    except BundleError:
        return
    before, after = json.loads(raw), json.loads(flipped)
    assert before["files"] == after["files"]


def test_a_missing_file_is_named(copied):
    (copied / "tokenizer.json").unlink()
    with pytest.raises(BundleError, match=r"tokenizer\.json is missing"):
        read_bundle(copied)


@pytest.mark.parametrize("name", ["extra.bin", "weights.pkl", "model.onnx.data", ".hidden", "card.md", "\udcff"])
def test_a_file_too_many_is_refused(copied, name):
    (copied / name).write_bytes(pickle.dumps([1]))
    with pytest.raises(BundleError) as refused:
        read_bundle(copied)
    assert ascii(name)[1:-1] in str(refused.value)


def test_a_symlink_is_refused_even_to_the_same_bytes(copied, written):
    (copied / "model.onnx").unlink()
    (copied / "model.onnx").symlink_to(written / "model.onnx")
    with pytest.raises(BundleError, match=r"model\.onnx is not a plain file") as refused:
        read_bundle(copied)
    assert refused.value.found == "a symbolic link"


def test_a_hard_link_is_refused(copied, tmp_path):
    os.link(copied / "model.onnx", tmp_path / "second-name")
    with pytest.raises(BundleError) as refused:
        read_bundle(copied)
    assert refused.value.found == "a hard link"


def test_folders_and_pipes_are_refused(copied):
    (copied / "card.md").mkdir()
    with pytest.raises(BundleError, match=r"card\.md is not a plain file"):
        read_bundle(copied)
    (copied / "card.md").rmdir()
    os.mkfifo(copied / "card.md")
    with pytest.raises(BundleError, match=r"card\.md is not a plain file"):
        read_bundle(copied)


@pytest.mark.parametrize("name", ["../model.onnx", "/etc/passwd", "a/b", "weights.pkl", "", "manifest.json"])
def test_a_manifest_that_names_a_foreign_path_is_refused(copied, name):
    _edit(copied, lambda m: m["files"].__setitem__(name, {"sha256": "0" * 64, "bytes": 1}))
    with pytest.raises(BundleError, match=r"manifest\.json cannot be trusted"):
        read_bundle(copied)


@pytest.mark.parametrize(
    "edit",
    [
        lambda m: m.update(luodi_bundle=2),
        lambda m: m.update(surprise=1),
        lambda m: m.pop("feeding"),
        lambda m: m["feeding"].update(max_tokens=0),
        lambda m: m["feeding"].update(max_tokens=1 << 40),
        lambda m: m["feeding"].update(pad_id="0"),
        lambda m: m["limits"].update(max_characters=1 << 60),
        lambda m: m["files"].pop("model.onnx"),
        lambda m: m["files"]["model.onnx"].update(bytes=1 << 50),
        lambda m: m["files"]["model.onnx"].update(sha256="x"),
        lambda m: m["tiers"][0].update(engine="python"),
        lambda m: m["tiers"][0].update(file="../x.onnx"),
        lambda m: m.update(task=[]),
        lambda m: m.update(task=[{"use": "nobody", "name": "x"}]),
        lambda m: m.update(task=[{"use": "classify", "name": "x", "surprise": 1}]),
        lambda m: m.update(task=[{"use": "classify", "name": 3, "labels": ["a", "b"]}]),
        lambda m: m.update(task=[{"use": "classify", "name": "x", "labels": 7}]),
        lambda m: m.update(task=[{"use": "classify", "name": "x", "labels": ["a", ["b"]]}]),
        lambda m: m.update(task=[{"use": ["classify"], "name": "x"}]),
        lambda m: m.update(thresholds={"x": 2.0}),
    ],
)
def test_a_forged_manifest_is_refused(copied, edit):
    _edit(copied, edit)
    with pytest.raises(BundleError, match="manifest"):
        read_bundle(copied)


@pytest.mark.parametrize(
    "raw", [b"", b"\x80\x04K\x01.", b"[" * 100_000, b"{}", b"null", b"\xff\xfe", b"{" + b" " * (1 << 20)]
)
def test_a_manifest_that_is_none_is_refused(copied, raw):
    (copied / "manifest.json").write_bytes(raw)
    with pytest.raises(BundleError, match="manifest"):
        read_bundle(copied)


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b"[" * 100_000, '{"情感": {"temperature": 1}}'.encode(), b'{"model": {}}',
            b'{"model": 1}',
            *(f'{{"model": {{"情感": {row}}}}}'.encode()
              for row in ("1", '{"temperature": 0}', '{"temperature": "1"}', '{"temperature": NaN}',
                          '{"temperature": true}'))]
)  # fmt: skip
def test_a_foreign_calibration_is_refused(forged, raw):
    with pytest.raises(BundleError, match=r"calibration\.json"):
        read_bundle(forged({"calibration.json": raw}))


def test_what_is_no_bundle_at_all_is_said(tmp_path):
    for place, found in ((tmp_path / "nowhere", "nothing"), (tmp_path, "an empty folder")):
        with pytest.raises(BundleError) as refused:
            read_bundle(place)
        assert found in refused.value.found
    (tmp_path / "file.luodi").write_text("x")
    with pytest.raises(BundleError, match="is not a bundle"):
        read_bundle(tmp_path / "file.luodi")


def test_contents_take_no_foreign_field():
    with pytest.raises(ValueError, match="surprise"):
        Contents(surprise=1)


def _edit(folder, edit):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    edit(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_a_threshold_for_a_head_that_is_not_there_is_refused(copied):
    manifest = json.loads((copied / "manifest.json").read_text("utf-8"))
    (copied / "manifest.json").write_text(json.dumps({**manifest, "thresholds": {"情感": 0.5}}), encoding="utf-8")
    assert read_bundle(copied).manifest.thresholds == {"情感": 0.5}
    (copied / "manifest.json").write_text(json.dumps({**manifest, "thresholds": {"意图": 0.5}}), encoding="utf-8")
    with pytest.raises(BundleError, match="manifest") as caught:
        read_bundle(copied)
    assert "意图" in caught.value.found
