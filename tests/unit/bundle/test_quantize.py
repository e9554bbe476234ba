"""8-bit forms answer as fp32 does, alone as in company, and the choice follows what was measured."""

import itertools
from dataclasses import replace

import numpy as np
import onnx
import pytest

from luodi.budget import Parity, Quantity
from luodi.bundle import choose_precision, engine, open_predictor, read_bundle
from luodi.bundle.engine import open_session
from luodi.bundle.int8 import to_int8, to_int8_7bit, to_int8_weights
from luodi.bundle.manifest import Tier
from luodi.bundle.onnx_check import check_onnx
from luodi.bundle.quantize import Candidate, _best, _chance, _fault


@pytest.fixture(scope="module")
def forms(wide_onnx):
    return {
        "int8": to_int8(wide_onnx),
        "int8-7bit": to_int8_7bit(wide_onnx),
        "int8-weights": to_int8_weights(wide_onnx),
    }


@pytest.fixture(scope="module")
def wide_model(tiny_model):
    """Wide enough that its matrices are worth packing."""
    import torch
    from torch import nn
    from transformers import BertConfig, BertModel

    from luodi.models.model import Network

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tiny_model.n_pieces, hidden_size=128, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=256, max_position_embeddings=128,
    )  # fmt: skip
    network = Network(BertModel(config, add_pooling_layer=False), nn.ModuleDict({"0": nn.Linear(128, 2)})).eval()
    nn.init.normal_(network.heads["0"].weight, std=1.0)
    return replace(tiny_model, network=network)


@pytest.fixture(scope="module")
def wide_onnx(wide_model):
    from luodi.bundle import export

    return export(wide_model)


def logits(raw, rows):
    """One batch; the rows are made longer with padding to the longest."""
    longest = max(map(len, rows))
    ids = np.array([[*row, *[0] * (longest - len(row))] for row in rows], np.int64)
    mask = np.array([[1] * len(row) + [0] * (longest - len(row)) for row in rows], np.int64)
    return open_session(raw).run(None, {"input_ids": ids, "attention_mask": mask})[0]


ROWS = [list(np.random.default_rng(n).integers(5, 390, n)) for n in (1, 2, 9, 30, 64)]


@pytest.mark.parametrize("name", ["int8", "int8-7bit", "int8-weights"])
def test_8_bits_answer_as_fp32_does_and_are_a_quarter_as_long(forms, wide_onnx, name):
    check_onnx(forms[name], place="b")
    want, got = logits(wide_onnx, ROWS), logits(forms[name], ROWS)
    assert 0 < np.abs(want - got).max() < 0.02 * np.abs(want).max() + 0.05
    assert len(forms[name]) < 0.4 * len(wide_onnx)


@pytest.mark.parametrize("name", ["int8", "int8-7bit", "int8-weights"])
def test_8_bit_answers_do_not_depend_on_company(forms, name):
    """Scales of activations are each token's own: a batch-wide scale would fail here at 1e-2."""
    together = logits(forms[name], ROWS)
    alone = np.concatenate([logits(forms[name], [row]) for row in ROWS])
    np.testing.assert_allclose(together, alone, atol=1e-3)


@pytest.mark.parametrize(("name", "levels"), [("int8", 127), ("int8-7bit", 63)])
def test_weights_of_integer_products_have_their_bits(forms, name, levels):
    """255 x 63 x 2 fits into 16 bits; with 8 bits it would not, on processors without VNNI."""
    model = onnx.load_model_from_string(forms[name])
    constants = {one.name: onnx.numpy_helper.to_array(one) for one in model.graph.initializer}
    products = [node for node in model.graph.node if node.op_type == "MatMulIntegerToFloat"]
    assert len(products) == 12
    assert all(np.abs(constants[node.input[1]].astype(int)).max() == levels for node in products)


def test_without_vnni_the_engine_is_told_not_to_saturate_and_answers_alike(forms, monkeypatch):
    want = logits(forms["int8"], ROWS)
    key = "session.x64quantprecision"
    monkeypatch.setattr(engine, "has_vnni", lambda: False)
    session = engine.open_session(forms["int8"])
    assert session.get_session_options().get_session_config_entry(key) == "1"
    np.testing.assert_allclose(logits(forms["int8"], ROWS), want, atol=1e-4)


def test_the_same_file_every_time(wide_onnx, forms):
    assert to_int8(wide_onnx) == forms["int8"]


def test_an_int8_bundle_is_written_read_and_answers(forged, wide_onnx, forms, toy_data):
    answers = []
    for precision, raw in {"fp32": wide_onnx, **forms}.items():
        bundle = read_bundle(forged({"model.onnx": raw}, tiers=[Tier(precision=precision)]))
        with open_predictor(bundle, workers=2) as runner:
            answers.append([one.probability for one in runner.predict(toy_data.texts[:50])])
    for got in answers[1:]:
        np.testing.assert_allclose(got, answers[0], atol=0.05)


def test_the_choice_measures_and_says_why(wide_model, wide_onnx, toy_data):
    ticks = itertools.count()
    choice = choose_precision(
        wide_onnx, model=wide_model, validation=toy_data, clock=lambda: float(next(ticks))
    )  # every form takes one tick: equally fast, so the smallest that loses nothing is taken
    assert {one.name for one in choice.candidates} - {"int8-7bit"} == {"fp32", "int8", "int8-weights"}
    assert choice.precision.startswith("int8")
    assert choice.precision in choice.why
    assert choice.logits[choice.precision]["情感"].shape == (len(toy_data), 2)
    assert {row.to_json()["speedup"]["value"] for row in choice.candidates} == {1.0}
    assert choose_precision(wide_onnx, model=wide_model, validation=toy_data, forms=["fp32"]).precision == "fp32"


def test_without_labels_fp32_is_kept(wide_model, wide_onnx, toy_data):
    unlabelled = replace(toy_data.take(range(20)), labels={"情感": (None,) * 20})
    choice = choose_precision(wide_onnx, model=wide_model, validation=unlabelled)
    assert choice.precision == "fp32"
    assert "no labelled validation rows" in choice.why


def candidate(name, *, size=1.0, speed=1.0, fault=""):
    return Candidate(name, size, Quantity(speed), {}, 0, 0, Parity("fp32", name, 0.0, 0, 10), fault)


@pytest.mark.parametrize(
    ("others", "best"),
    [
        ([candidate("int8", size=0.25, speed=2), candidate("int8-weights", size=0.25)], "int8"),
        ([candidate("int8", size=0.25, speed=2, fault="loses"), candidate("int8-weights", size=0.25)], "int8-weights"),
        ([candidate("int8", size=0.25, speed=0.7), candidate("int8-weights", size=0.26)], "int8-weights"),
        ([candidate("int8", size=0.25, speed=0.5)], "fp32"),
        ([candidate("int8", fault="x"), candidate("int8-weights", fault="y")], "fp32"),
    ],
)
def test_the_fastest_that_loses_nothing_then_the_smallest(others, best):
    assert _best([candidate("fp32"), *others]).name == best


FINITE = {"a": np.zeros((1, 2), np.float32)}


@pytest.mark.parametrize(
    ("gain", "lost", "won", "n_faults"),
    [
        (0.0, 0, 0, 0),
        (-0.004, 5, 3, 0),  # within what counts as none
        (-0.03, 1, 0, 0),  # a small set: one row is no evidence
        (-0.03, 4, 1, 1),  # macro-F1 falls
        (-0.004, 30, 12, 1),  # many more lost than won: shown, though small
        (0.01, 3, 9, 0),
    ],
)
def test_what_counts_as_a_loss(gain, lost, won, n_faults):
    assert bool(_fault({"a": Quantity(gain)}, lost, won, FINITE)) == bool(n_faults)


def test_answers_that_are_no_numbers_never_ship():
    assert _fault({"a": Quantity(0.0)}, 0, 0, {"a": np.array([[np.nan, 1.0]])})


def test_chance_is_the_sign_test():
    assert _chance(0, 0) == 1.0
    assert _chance(5, 0) == pytest.approx(1 / 32)
    assert _chance(4, 4) == pytest.approx(0.63671875)
