"""4-bit tables keep what they can, ranges are those of real tokens, and layers that lose are found and kept."""

from dataclasses import replace
from itertools import islice
from typing import get_args

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.bundle import choose_precision
from luodi.bundle.backoff import back_off, guilty
from luodi.bundle.bench import Bench
from luodi.bundle.embeddings import block_of, in_blocks
from luodi.bundle.engine import open_session
from luodi.bundle.form import FORMS, Form, Precision, products_of, write_form
from luodi.bundle.products import SEVEN_BITS
from luodi.bundle.ranges import clipped, observe
from luodi.progress import Silent


def unpacked(steps, scales, block):
    blocks = steps.reshape(len(steps), -1, block).astype(np.float32)
    return (blocks * scales[..., None].astype(np.float32)).reshape(steps.shape)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1e-3, 0.1, 30.0]), st.sampled_from([8, 26, 32]))
def test_no_number_is_further_off_than_a_step_of_4_bits(seed, size, block):
    table = size * np.random.default_rng(seed).standard_normal((5, 4 * block)).astype(np.float32)
    steps, scales = in_blocks(table, block=block)
    assert steps.min() >= -8
    assert steps.max() <= 7
    off = np.abs(unpacked(steps, scales, block) - table).reshape(5, -1, block)
    assert (off <= 1.7 * np.abs(scales.astype(np.float32))[..., None] + 1e-7).all()


def test_a_table_that_came_from_4_bits_is_given_back_as_it_was():
    """The multilingual encoder of the zoo is such a one."""
    rng = np.random.default_rng(0)
    steps = rng.integers(-8, 8, (50, 64)).astype(np.int8)
    steps[:, ::32] = -8
    table = unpacked(steps, rng.uniform(0.01, 0.1, (50, 2)).astype(np.float16), 32)
    got = in_blocks(table, block=32)
    np.testing.assert_array_equal(unpacked(*got, 32), table)


def test_a_table_of_zeros_stays_zero():
    steps, scales = in_blocks(np.zeros((3, 32), np.float32), block=32)
    assert not (steps * scales).any()


@pytest.mark.parametrize("width", [384, 312, 100])
def test_an_engine_unpacks_4_bits_as_they_were_packed(width):
    """Bit by bit: integers and one product, whatever the engine."""
    helper = onnx.helper
    table = np.random.default_rng(0).standard_normal((300, width)).astype(np.float32)
    ids = np.array([[0, 5, 299], [17, 17, 1]])
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "ids"], ["rows"])], "g",
        [helper.make_tensor_value_info("ids", 7, ["b", "t"])],
        [helper.make_tensor_value_info("rows", 1, ["b", "t", width])],
        [onnx.numpy_helper.from_array(table, "table")],
    )  # fmt: skip
    fp32 = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9).SerializeToString()
    raw = write_form(fp32, Form("int8", "int4"))
    got = open_session(raw).run(None, {"ids": ids})[0]
    want = unpacked(*in_blocks(table, block=block_of(width)), block_of(width))
    np.testing.assert_array_equal(got, want[ids])
    assert len(raw) < 0.17 * len(fp32)


def test_names_are_those_of_forms():
    assert list(FORMS) == list(get_args(Precision))
    assert all(form.name == name for name, form in FORMS.items())


def test_the_range_leaves_out_what_would_cost_the_rest_its_steps():
    values = np.random.default_rng(0).standard_normal(100_000).astype(np.float32)
    values[0] = 8.0
    low, high = clipped(values)
    assert low <= values.min() * 0.7
    assert 3.0 < high < 7.0
    assert clipped(np.abs(values))[0] == 0.0


def test_padding_has_no_part_in_the_ranges(wide_onnx):
    """The same texts, alone (so without padding) and beside a long one."""
    rng = np.random.default_rng(0)
    short = [rng.integers(5, 390, 3).astype(np.int32) for _ in range(8)]
    long = [rng.integers(5, 390, 31).astype(np.int32)]
    sources = list(products_of(wide_onnx).values())
    together = observe(wide_onnx, [*short, *long], sources=sources, pad_id=0)
    odd = observe(wide_onnx, [*short, *long], sources=sources, pad_id=390)
    assert together.keys() == odd.keys() == set(sources)
    for source in sources:
        np.testing.assert_allclose(together[source], odd[source], rtol=1e-3, atol=1e-5)


def test_a_model_too_small_to_pack_has_no_ranges(tiny_onnx, tiny_model, toy_data):
    assert (
        observe(tiny_onnx, [np.arange(5, dtype=np.int32)], sources=list(products_of(tiny_onnx).values()), pad_id=0)
        == {}
    )
    assert Bench(tiny_onnx, model=tiny_model, validation=toy_data).tried(FORMS["int8-static"]).candidate.fault == ""


def test_static_products_are_written_in_bits_that_cannot_overflow(wide_onnx):
    ranges = {source: (-1.0, 3.0) for source in products_of(wide_onnx).values()}
    model = onnx.load_model_from_string(write_form(wide_onnx, FORMS["int8-static-7bit"], ranges=ranges))
    constants = {one.name: onnx.numpy_helper.to_array(one) for one in model.graph.initializer}
    weights = [constants[node.input[0]] for node in model.graph.node
               if node.op_type == "DequantizeLinear" and node.input[0] in constants]  # fmt: skip
    assert len(weights) == 12
    assert {int(np.abs(one.astype(int)).max()) for one in weights} == {SEVEN_BITS}
    zeros = [constants[node.input[2]] for node in model.graph.node if node.op_type == "QuantizeLinear"]
    assert len(zeros) == 8  # query, key and value share theirs
    assert {int(one) for one in zeros} == {64}


def test_kept_products_stay_and_bear_the_names_of_their_layers(wide_onnx):
    names = list(products_of(wide_onnx))
    assert names[0] == "encoder.layer.0.attention.self.query"
    assert len(set(names)) == 12
    raw = write_form(wide_onnx, Form("int8", "int8", frozenset(names[:5])))
    kinds = [node.op_type for node in onnx.load_model_from_string(raw).graph.node]
    assert kinds.count("MatMulIntegerToFloat") == 7


def test_guilty_products_are_found_in_few_passes():
    asked = []

    def error(some):
        asked.append(some)
        return sum({17: 5.0, 40: 90.0}.get(one, 0.01) for one in some)

    assert list(islice(guilty(range(72), error), 2)) == [40, 17]
    assert len(asked) < 30
    assert sorted(guilty(range(5), error)) == list(range(5))
    assert list(guilty([], error)) == []


@pytest.mark.parametrize("needed", [1, 2, 3, 5, 8])
def test_as_few_are_kept_as_will_do(needed):
    found = back_off(
        Form("int8"), worst_first=iter("abcdefghijkl"), most=8, holds=lambda form: len(form.kept) >= needed
    )
    assert found.kept == frozenset("abcdefgh"[:needed])


def test_where_half_would_not_do_there_is_none():
    assert back_off(Form("int8"), worst_first=iter("abcdef"), most=3, holds=lambda form: len(form.kept) > 3) is None
    assert back_off(Form("int8"), worst_first=iter(""), most=0, holds=lambda form: True) is None


@pytest.fixture(scope="module")
def spoilt(wide_model):
    """The same answers in fp32, but one product is given a number so large that 8 bits leave nothing of the others."""
    import copy

    import torch

    network = copy.deepcopy(wide_model.network)
    layer = network.encoder.encoder.layer[1]
    with torch.no_grad():
        layer.intermediate.dense.bias[3] = 3e4
        layer.output.dense.weight *= 20.0
        layer.output.dense.weight[:, 3] = 0.0
    return replace(wide_model, network=network)


def test_the_layer_that_loses_is_kept_in_fp32_and_named(spoilt, toy_data):
    from luodi.bundle import export

    raw = export(spoilt)
    answers = Bench(raw, model=spoilt, validation=toy_data).fp32.logits["情感"].argmax(axis=1)
    own = replace(toy_data, labels={"情感": tuple(spoilt.task["情感"].labels[one] for one in answers)})
    notes = []

    class Heard(Silent):
        def note(self, text):
            notes.append(text)

    choice = choose_precision(raw, model=spoilt, validation=own, forms=["int8"], progress=Heard())
    found = choice.candidates[1]
    assert choice.precision == "int8"
    assert "encoder.layer.1.output.dense" in found.form.kept
    assert len(found.form.kept) <= 3
    assert found.mended
    assert not found.fault
    assert found.to_json()["kept"] == sorted(found.form.kept)
    assert "encoder.layer.1.output.dense" in choice.why
    assert "looking for the layers" in notes[0]
