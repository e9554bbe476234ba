"""8-bit forms answer as fp32 does, alone as in company, and the choice follows what was measured."""

import itertools
from dataclasses import replace

import numpy as np
import onnx
import pytest

from luodi.budget import Parity, Quantity
from luodi.bundle import choose_precision, engine, open_predictor, parity, read_bundle
from luodi.bundle.candidate import chance, fault
from luodi.bundle.engine import open_session
from luodi.bundle.form import FORMS, Form, products_of, worth_measuring, write_form
from luodi.bundle.manifest import Tier
from luodi.bundle.onnx_check import check_onnx
from luodi.bundle.quantize import Candidate, _best
from luodi.bundle.ranges import observe
from luodi.tasks import Classify, Label, Task


@pytest.fixture(scope="module")
def forms(wide_onnx):
    ids = [np.array(row, np.int32) for row in ROWS]
    ranges = observe(wide_onnx, ids, sources=list(products_of(wide_onnx).values()), pad_id=0)
    return {name: write_form(wide_onnx, form, ranges=ranges) for name, form in FORMS.items() if name != "fp32"}


def logits(raw, rows):
    """One batch; the rows are made longer with padding to the longest."""
    longest = max(map(len, rows))
    ids = np.array([[*row, *[0] * (longest - len(row))] for row in rows], np.int64)
    mask = np.array([[1] * len(row) + [0] * (longest - len(row)) for row in rows], np.int64)
    return open_session(raw).run(None, {"input_ids": ids, "attention_mask": mask})[0]


ROWS = [list(np.random.default_rng(n).integers(5, 390, n)) for n in (1, 2, 9, 30, 64)]


@pytest.mark.parametrize("name", sorted(set(FORMS) - {"fp32"}))
def test_few_bits_answer_as_fp32_does_and_are_a_quarter_as_long(forms, wide_onnx, name):
    """Vectors drawn at random leave 4 bits an error of 7 %, whatever the rest; those of trained models leave less."""
    check_onnx(forms[name], place="b")
    want, got = logits(wide_onnx, ROWS), logits(forms[name], ROWS)
    assert 0 < np.abs(want - got).max() < (0.1 if name.endswith("emb4") else 0.02) * np.abs(want).max() + 0.05
    assert len(forms[name]) < 0.4 * len(wide_onnx)


@pytest.mark.parametrize("name", sorted(set(FORMS) - {"fp32"}))
def test_answers_of_few_bits_do_not_depend_on_company(forms, name):
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
    assert write_form(wide_onnx, Form("int8", "int8")) == forms["int8"]


def test_an_int8_bundle_is_written_read_and_answers(forged, wide_onnx, forms, toy_data):
    answers = {}
    for precision, raw in {"fp32": wide_onnx, **forms}.items():
        bundle = read_bundle(forged({"model.onnx": raw}, tiers=[Tier(precision=precision)]))
        with open_predictor(bundle, workers=2) as runner:
            answers[precision] = [one.probability for one in runner.predict(toy_data.texts[:50])]
    for name, got in answers.items():
        np.testing.assert_allclose(got, answers["fp32"], atol=0.3 if name.endswith("emb4") else 0.08)


def test_the_choice_measures_and_says_why(wide_model, wide_onnx, toy_data):
    ticks = itertools.count()
    choice = choose_precision(
        wide_onnx, model=wide_model, validation=toy_data, clock=lambda: float(next(ticks))
    )  # every form takes one tick: equally fast, so the smallest that loses nothing is taken
    assert [one.name for one in choice.candidates][: len(worth_measuring())] == worth_measuring()
    assert sum(one.name.endswith("emb4") for one in choice.candidates) == 1
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


def test_without_rows_nothing_that_is_found_on_them_is_tried(wide_model, wide_onnx, toy_data):
    choice = choose_precision(wide_onnx, model=wide_model, validation=toy_data.take(range(0)))
    assert choice.precision == "fp32"
    assert not [one.name for one in choice.candidates if "static" in one.name]


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
    assert _best([candidate("fp32"), *others], wanted=list(FORMS)).name == best


@pytest.mark.parametrize(
    ("speed", "fault", "best"), [(2.0, "", "int8"), (0.9, "", "int8"), (0.1, "", "int8"), (2.0, "loses", "fp32")]
)
def test_a_form_that_is_asked_for_ships_unless_it_loses(speed, fault, best):
    assert (
        _best([candidate("fp32"), candidate("int8", size=0.25, speed=speed, fault=fault)], wanted=["int8"]).name == best
    )


@pytest.mark.parametrize(
    ("most_mib", "best"), [(None, "fp32"), (1.0, "fp32"), (0.5, "int8"), (0.3, "int8-weights"), (0.1, "fp32")]
)
def test_a_size_that_is_asked_for_goes_before_speed(most_mib, best):
    """Of the forms that fit the fastest; where none fits, the choice is what it would be without."""
    made = [candidate("fp32"), candidate("int8", size=0.5, speed=0.8), candidate("int8-weights", size=0.25, speed=0.6)]
    assert _best(made, wanted=list(FORMS), most_mib=most_mib).name == best


def test_int8_that_is_asked_for_ships_though_it_is_slow(wide_model, wide_onnx, toy_data):
    seconds = itertools.accumulate(itertools.cycle([0.0, 1.0, 0.0, 5.0]))  # fp32 takes 1 s, int8 5 s, in turn
    choice = choose_precision(
        wide_onnx, model=wide_model, validation=toy_data, forms=["int8"], clock=lambda: next(seconds)
    )
    assert choice.precision == "int8"
    assert choice.candidates[1].speedup.value == pytest.approx(0.2)


TASK = Task((Classify("a", ("x", "y")),))


@pytest.mark.parametrize(
    ("gain", "high", "lost", "won", "n", "is_loss"),
    [
        (0.0, 0.0, 0, 0, 100, False),
        (-0.004, 0.01, 5, 3, 100, False),  # within what counts as none
        (-0.03, 0.01, 1, 0, 20, False),  # a small set: one row is no evidence
        (-0.009, 0.003, 8, 5, 1000, False),  # few labels changed, and it is not shown
        (-0.009, 0.003, 33, 30, 1000, True),  # many labels changed
        (-0.009, -0.001, 8, 2, 1000, True),  # shown
        (-0.004, 0.001, 30, 12, 1000, True),  # many more lost than won
        (-0.001, 0.001, 300, 200, 100_000, False),  # shown by that test, and too small to matter
        (0.01, 0.02, 3, 9, 100, False),
    ],
)
def test_what_counts_as_a_loss(gain, high, lost, won, n, is_loss):
    apart = Parity("fp32", "int8", 0.1, lost + won, n)
    found = fault(TASK, {"a": Quantity(gain, gain - 0.02, high)}, lost, won, apart=apart)
    assert bool(found) == is_loss


def test_answers_that_are_no_numbers_never_ship():
    said, broken = Label("x", 1.0, np.array([1.0, 0.0])), Label("x", np.nan, np.array([np.nan, 0.0]))
    apart = parity(TASK, {"a": [said, said]}, {"a": [broken, said]}, names=("fp32", "int8"))
    assert fault(TASK, {"a": Quantity(0.0)}, 0, 0, apart=apart)


def test_chance_is_the_sign_test():
    assert chance(0, 0) == 1.0
    assert chance(5, 0) == pytest.approx(1 / 32)
    assert chance(4, 4) == pytest.approx(0.63671875)


def test_the_chance_of_losing_is_exact_at_any_number():
    from luodi.bundle.candidate import chance

    assert chance(3, 0) == pytest.approx(0.125)
    assert chance(506, 499) == pytest.approx(0.4249, abs=1e-3)
    assert chance(5000, 0) == 0.0
