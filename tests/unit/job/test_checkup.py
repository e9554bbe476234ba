"""The doctor times the very form of 8-bit weights that it names."""

import numpy as np
import onnx
import pytest

from luodi import runtime
from luodi.bundle import engine
from luodi.job.checkup import EXTRAS, check_up


@pytest.mark.parametrize(("has_vnni", "scheme", "levels"), [(True, "u8s8", 127), (False, "u8s7", 63)])
def test_the_form_that_is_named_is_the_one_that_is_timed(monkeypatch, has_vnni, scheme, levels):
    opened, open_session = [], engine.open_session
    monkeypatch.setattr(runtime, "has_vnni", lambda: has_vnni)
    monkeypatch.setattr(engine, "open_session", lambda raw: opened.append(raw) or open_session(raw))
    found = check_up()
    assert found["int8"]["safe_scheme"].startswith(scheme)
    assert found["int8"]["speedup"] > 0
    constants = [onnx.numpy_helper.to_array(one) for one in onnx.load_model_from_string(opened[1]).graph.initializer]
    assert max(np.abs(one.astype(int)).max() for one in constants if one.dtype == np.int8) == levels


def test_every_extra_is_looked_for():
    assert set(check_up()["extras"]) == set(EXTRAS) >= {"serve", "train", "modelscope", "zoo", "demo"}
