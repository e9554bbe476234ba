"""An engine that cannot be used is replaced with a note; OpenVINO reads every form and answers as onnxruntime does."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from luodi import runtime
from luodi.bundle import engine, open_predictor, read_bundle
from luodi.bundle.engine import open_session, replaced, usable
from luodi.bundle.form import FORMS, products_of, write_form
from luodi.bundle.manifest import Tier
from luodi.bundle.ranges import observe
from luodi.progress import Silent

needs_openvino = pytest.mark.skipif(not runtime.has("openvino"), reason="openvino is not installed")
ROWS = [np.random.default_rng(n).integers(5, 390, n).astype(np.int32) for n in (1, 2, 9, 30, 64)]


class Heard(Silent):
    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)


def test_a_bundle_whose_engine_is_not_there_is_answered_by_onnxruntime(forged, monkeypatch, toy_data):
    monkeypatch.setattr(runtime, "has", lambda module: module != "openvino")
    want = open_predictor(read_bundle(forged())).predict(toy_data.texts[:9])
    heard = Heard()
    with open_predictor(read_bundle(forged(tiers=[Tier(engine="openvino")])), progress=heard) as runner:
        assert [one.label for one in runner.predict(toy_data.texts[:9])] == [one.label for one in want]
    assert len(heard.notes) == 1
    assert "luodi[openvino]" in heard.notes[0]


def test_where_sums_would_saturate_openvino_is_not_used(monkeypatch):
    monkeypatch.setattr(runtime, "has", lambda module: True)
    monkeypatch.setattr(engine, "has_vnni", lambda: False)
    assert usable() == ["onnxruntime"]
    assert "not exact" in replaced("openvino")
    monkeypatch.setattr(engine, "has_vnni", lambda: True)
    assert usable() == ["onnxruntime", "openvino"]
    assert replaced("openvino") == replaced("onnxruntime") == ""


@needs_openvino
@pytest.mark.skipif(not runtime.has_vnni(), reason="OpenVINO is not used without VNNI")
@pytest.mark.parametrize("name", FORMS)
def test_openvino_answers_as_onnxruntime_does(wide_onnx, name):
    ranges = observe(wide_onnx, ROWS, sources=list(products_of(wide_onnx).values()), pad_id=0)
    raw = write_form(wide_onnx, FORMS[name], ranges=ranges)
    ours, theirs = open_session(raw), open_session(raw, engine="openvino")
    assert type(theirs).__name__ == "OpenVino"
    assert {one.name for one in theirs.get_inputs()} == {"input_ids", "attention_mask"}
    assert [len(one.shape) for one in theirs.get_outputs()] == [2]
    feeds = [{"input_ids": row[None].astype(np.int64), "attention_mask": np.ones((1, len(row)), np.int64)}
             for row in ROWS]  # fmt: skip
    want = [ours.run(["logits_0"], feed)[0] for feed in feeds]
    with ThreadPoolExecutor(3) as pool:
        got = list(pool.map(lambda feed: theirs.run(["logits_0"], feed)[0], feeds * 3))
    largest = max(float(np.abs(one).max()) for one in want)
    for place, one in enumerate(got):
        np.testing.assert_allclose(one, want[place % len(want)], atol=1e-4 if name == "fp32" else 0.02 * largest)
