"""A model file that leads out of itself, never ends, or is none at all is refused before an engine sees it."""

from contextlib import suppress

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from luodi.bundle.onnx_check import check_onnx
from luodi.bundle.wire import walk
from luodi.errors import BundleError


def model_of(nodes, *, constants=(), functions=(), opsets=(("", 20),)):
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])],
        list(constants),
    )
    opset_imports = [helper.make_opsetid(*row) for row in opsets]
    return helper.make_model(graph, opset_imports=opset_imports, functions=list(functions))


def outside(location="weights.bin"):
    tensor = numpy_helper.from_array(np.zeros(4, np.float32), "w")
    onnx.external_data_helper.set_external_data(tensor, location)
    tensor.ClearField("raw_data")
    return tensor


def only_located():
    tensor = numpy_helper.from_array(np.zeros(4, np.float32), "w")
    tensor.data_location = TensorProto.EXTERNAL
    return tensor


def only_named():
    tensor = outside()
    tensor.ClearField("data_location")
    return tensor


def sparse():
    tensor = onnx.SparseTensorProto()
    tensor.values.CopyFrom(outside())
    return tensor


def with_sparse_initializer():
    model = model_of([helper.make_node("Identity", ["x"], ["y"])])
    model.graph.sparse_initializer.append(sparse())
    return model


def in_a_branch():
    branch = model_of([helper.make_node("Identity", ["x"], ["y"])], constants=[outside()]).graph
    return model_of([helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)])


IDENTITY = helper.make_node("Identity", ["x"], ["y"])
FUNCTION = helper.make_function("own", "f", ["x"], ["y"], [IDENTITY], [helper.make_opsetid("", 20)])
REFUSED = {
    "external data": lambda: model_of([IDENTITY], constants=[outside()]),
    "external data above": lambda: model_of([IDENTITY], constants=[outside("../../etc/passwd")]),
    "location alone": lambda: model_of([IDENTITY], constants=[only_located()]),
    "names alone": lambda: model_of([IDENTITY], constants=[only_named()]),
    "external constant": lambda: model_of([helper.make_node("Constant", [], ["y"], value=outside())]),
    "external sparse constant": lambda: model_of([helper.make_node("Constant", [], ["y"], sparse_value=sparse())]),
    "external sparse weights": with_sparse_initializer,
    "external data in a branch": in_a_branch,
    "foreign operators": lambda: model_of([helper.make_node("Run", ["x"], ["y"], domain="evil")]),
    "foreign operator set": lambda: model_of([IDENTITY], opsets=(("", 20), ("evil", 1))),
    "engine's own that opens files": lambda: model_of(
        [helper.make_node("EPContext", [], ["y"], domain="com.microsoft")]
    ),
    "loop": lambda: model_of([helper.make_node("Loop", ["x"], ["y"])]),
    "function": lambda: model_of([IDENTITY], functions=[FUNCTION]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_model_that_may_not_be_opened(name):
    with pytest.raises(BundleError, match="may be opened"):
        check_onnx(REFUSED[name]().SerializeToString(), place="b")


def test_a_harmless_model_passes(tiny_onnx):
    check_onnx(tiny_onnx, place="b")
    check_onnx(model_of([IDENTITY]).SerializeToString(), place="b")


def test_graphs_that_are_merged_by_the_engine_are_all_looked_at():
    """Repeated singular fields are merged when parsed: harmless first, harmful second."""
    raw = model_of([IDENTITY]).SerializeToString() + REFUSED["external data"]().SerializeToString()
    with pytest.raises(BundleError):
        check_onnx(raw, place="b")


@pytest.mark.parametrize("raw", [b"", b"\x00", b"garbage", b"\x80\x04K\x01.", b"\x3a\xff\xff\xff\xff\x0f", b"\x08\x08"])
def test_what_is_no_model_is_refused(raw):
    with pytest.raises(BundleError):
        check_onnx(raw, place="b")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_an_error(raw):
    try:
        fields = list(walk(memoryview(raw)))
    except ValueError:
        return
    assert all(number >= 1 for number, _, _ in fields)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_model_is_passed_or_refused_but_never_crashes(tiny_onnx, data):
    raw = bytearray(tiny_onnx[: data.draw(st.sampled_from([len(tiny_onnx), 3000, 40_000]))])
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BundleError):
        check_onnx(bytes(raw), place="b")
