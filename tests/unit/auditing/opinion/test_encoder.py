"""An encoder's vectors: one a text, of length 1, centred."""

import numpy as np
import pytest

from luodi.auditing.opinion.encoder import encode
from luodi.auditing.opinion.opinion import opinion_of
from luodi.progress import Silent


def test_each_text_has_a_vector_equal_texts_the_same(tiny_encoder):
    texts = ["物流很快", "the soup was cold", "", "物流很快", "a\ud800b", "很" * 5000]
    vectors = encode(texts, str(tiny_encoder), progress=Silent())
    assert vectors.shape == (6, 32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)
    assert (vectors[0] == vectors[3]).all()


def test_the_opinion_names_the_encoder(tiny_encoder, toy_data):
    found = opinion_of(toy_data.texts, toy_data.labels["情感"], groups=np.arange(240), encoder=str(tiny_encoder))
    assert str(tiny_encoder) in found.by
    assert (found.probabilities.argmax(axis=1) == found.targets).mean() > 0.95


@pytest.mark.zoo
def test_a_pretrained_encoder_knows_more_than_characters():
    good = ["good", "lovely", "wonderful", "excellent", "delightful", "superb", "splendid", "pleasant"]
    bad = ["bad", "awful", "terrible", "horrible", "dreadful", "nasty", "disgusting", "poor"]
    texts, labels = [*good, *bad], ["+"] * 8 + ["-"] * 8
    right = {
        name: (found.probabilities.argmax(axis=1) == found.targets).mean()
        for name in (None, "minilm-en")
        for found in [opinion_of(texts, labels, groups=np.arange(16), encoder=name)]
    }
    assert right["minilm-en"] > right[None]
