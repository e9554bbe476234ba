"""Soft targets: nothing apart where both agree, more the further apart, and every kind of head has its measure."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from luodi.registry import parts
from luodi.tasks.soften import each_by_itself, one_of_several, where_vectors_point
from luodi.tasks.task import head_kinds

LOGITS = arrays(np.float32, (3, 4), elements=st.floats(-20, 20, width=32))


def test_every_kind_of_head_has_its_measure():
    assert set(parts("softening")) == set(head_kinds())


@pytest.mark.parametrize("measure", [one_of_several, each_by_itself])
@given(said=LOGITS, wanted=LOGITS, temperature=st.floats(0.5, 8))
def test_it_is_a_distance(measure, said, wanted, temperature):
    said, wanted = torch.from_numpy(said), torch.from_numpy(wanted)
    apart = float(measure(said, wanted, temperature=temperature))
    assert apart >= -1e-3
    assert abs(float(measure(wanted, wanted, temperature=temperature))) < 1e-3


def test_it_is_hintons_loss():
    said, wanted = torch.tensor([[1.0, 2.0, -1.0]]), torch.tensor([[0.5, 0.0, 3.0]])
    p, q = (torch.softmax(one / 4, 1) for one in (wanted, said))
    assert float(one_of_several(said, wanted, temperature=4)) == pytest.approx(float(16 * (p * (p / q).log()).sum()))
    p, q = (torch.sigmoid(one / 4) for one in (wanted, said))
    each = p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log()
    assert float(each_by_itself(said, wanted, temperature=4)) == pytest.approx(float(16 * each.sum()), rel=1e-5)


def test_vectors_lie_apart_by_their_angles_not_their_lengths():
    said, wanted = torch.tensor([[1.0, 0.0, 0.0, 1.0]]), torch.tensor([[5.0, 0.0, 2.0, 0.0]])
    assert float(where_vectors_point(said, 3 * said, temperature=2.0)) == pytest.approx(0.0, abs=1e-6)
    assert float(where_vectors_point(said, wanted, temperature=2.0)) == pytest.approx(
        2.0
    )  # alike, and at a right angle


@pytest.mark.parametrize("measure", [one_of_several, each_by_itself])
def test_no_rows_are_no_distance(measure):
    assert float(measure(torch.zeros(0, 3), torch.zeros(0, 3), temperature=1.0)) == 0.0
