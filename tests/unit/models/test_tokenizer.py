"""A tokenizer by itself splits as the one that comes with its model."""

import pytest

from luodi.models import load_tokenizer
from luodi.models.e5 import read_vocabulary
from luodi.models.sources import find_source

TEXTS = ["送餐很快，味道不错", "the driver was great", "", "🙂 \u3000x"]


def test_a_folder(tiny_model, tiny_encoder):
    tokenizer = load_tokenizer(str(tiny_encoder))
    assert [one.ids for one in tokenizer.encode_batch(TEXTS)] == [
        one.ids for one in tiny_model.tokenizer.encode_batch(TEXTS)
    ]
    assert tokenizer.padding is None
    assert tokenizer.truncation is None


@pytest.mark.zoo
def test_the_vocabulary_of_the_e5_file():
    assert read_vocabulary(find_source("e5-multilingual").path).tensors == {}
    tokenizer = load_tokenizer("e5-multilingual")
    assert tokenizer.get_vocab_size() == 250_002
    assert "".join(tokenizer.encode("物流很快").tokens) == "<s>▁物流很快</s>"
