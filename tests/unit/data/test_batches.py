"""Batches: every text once, no batch beyond its budget, little padding."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from luodi.data.batches import pad, padding_share, token_batches

LENGTHS = st.lists(st.integers(0, 200), max_size=300).map(lambda cells: np.array(cells, np.int64))


@given(
    lengths=LENGTHS, max_tokens=st.integers(1, 500), seed=st.none() | st.integers(0, 3), max_texts=st.integers(1, 64)
)
def test_every_text_once_within_the_budget(lengths, max_tokens, seed, max_texts):
    rng = None if seed is None else np.random.default_rng(seed)
    batches = token_batches(lengths, max_tokens=max_tokens, max_texts=max_texts, rng=rng)
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or max(lengths[batch].max(), 1) * len(batch) <= max_tokens
        assert len(batch) <= max_texts


def test_order_and_padding():
    lengths = np.random.default_rng(0).gamma(2, 12, 5000).astype(np.int64) + 2
    plain = token_batches(lengths, max_tokens=2048)
    assert [lengths[batch].max() for batch in plain] == sorted((lengths[batch].max() for batch in plain), reverse=True)
    assert padding_share(lengths, plain) < 0.05
    shuffled = token_batches(lengths, max_tokens=2048, rng=np.random.default_rng(1))
    assert padding_share(lengths, shuffled) < 0.10
    again = token_batches(lengths, max_tokens=2048, rng=np.random.default_rng(1))
    assert all(np.array_equal(a, b) for a, b in zip(shuffled, again, strict=True))
    other = token_batches(lengths, max_tokens=2048, rng=np.random.default_rng(2))
    assert [batch.tolist() for batch in other] != [batch.tolist() for batch in shuffled]
    firsts = [lengths[batch].max() for batch in shuffled]
    assert abs(np.corrcoef(firsts, np.arange(len(firsts)))[0, 1]) < 0.4  # no run from long to short


def test_pad_fills_with_the_id():
    ids, mask = pad([np.array([5, 6, 7], np.int32), np.array([8], np.int32)], pad_id=1)
    assert ids.tolist() == [[5, 6, 7], [8, 1, 1]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]
