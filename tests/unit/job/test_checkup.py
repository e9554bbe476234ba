"""The doctor times the very form of 8-bit weights that it names."""

import numpy as np
import onnx
import pytest

from luodi import runtime
from luodi.bundle import engine
from luodi.bundle.form import products_of
from luodi.job import checkup
from luodi.job.checkup import EXTRAS, check_up
from luodi.job.specimen import Shape, specimen

TINY = Shape(layers=2, hidden=128, feed_forward=256, heads=2, pieces=512)


@pytest.mark.parametrize(("has_vnni", "scheme", "levels"), [(True, "u8s8", 127), (False, "u8s7", 63)])
def test_the_form_that_is_named_is_the_one_that_is_timed(monkeypatch, has_vnni, scheme, levels):
    opened, open_session = [], engine.open_session
    monkeypatch.setattr(runtime, "has_vnni", lambda: has_vnni)
    monkeypatch.setattr(checkup, "SHAPES", (TINY,))
    monkeypatch.setattr(engine, "open_session", lambda raw: opened.append(raw) or open_session(raw))
    found = check_up()
    assert found["int8"]["safe_scheme"].startswith(scheme)
    assert found["int8"]["speedup"] == max(found["gains"][0]["speedup"].values()) > 0
    assert len(opened) == 3
    for raw in opened[1:]:
        constants = [onnx.numpy_helper.to_array(one) for one in onnx.load_model_from_string(raw).graph.initializer]
        products = [one for one in constants if one.dtype == np.int8 and one.ndim == 2 and one.shape[0] != 512]
        assert len(products) == 12
        assert {int(np.abs(one.astype(int)).max()) for one in products} == {levels}


def test_a_specimen_is_an_encoder_that_pays_attention_to_its_mask():
    """Six products a layer, as an exported encoder has."""
    raw = specimen(TINY)
    assert len(products_of(raw)) == 12
    session, ids = engine.open_session(raw), np.array([[7, 300, 11, 500]])
    half, whole = (
        session.run(None, {"input_ids": ids, "attention_mask": np.array([mask])})[0]
        for mask in ([1, 1, 0, 0], [1, 1, 1, 1])
    )
    assert half.shape == (1, 2)
    assert np.abs(half - whole).max() > 1e-3
    assert specimen(TINY) == raw


def test_what_4_bit_embeddings_save_is_told(monkeypatch):
    monkeypatch.setattr(checkup, "SHAPES", (TINY,))
    fp32, eight, static, four = check_up()["gains"][0]["size_mib"].values()
    assert fp32 > 3 * max(eight, static) > four


def test_every_extra_is_looked_for(monkeypatch):
    monkeypatch.setattr(checkup, "SHAPES", (TINY,))
    assert set(check_up()["extras"]) == set(EXTRAS) >= {"serve", "train", "modelscope", "zoo", "demo"}
