"""Cutting a tokenizer: scores, merges and templates go along."""

import pytest
from tokenizers import Tokenizer, models, processors

from luodi.compress.vocabulary import close, cut, indispensable, pieces_of, special_ids
from luodi.errors import ModelError


def test_the_unlikeliest_piece_holds_the_score_of_what_is_unknown():
    """An unknown sign costs ten below the unlikeliest piece; were that one cut, 'ab' would fall apart."""
    vocab = [("<unk>", 0.0), ("b", -1.0), ("ab", -9.0), ("z", -15.0)]
    tokenizer = Tokenizer(models.Unigram(vocab, unk_id=0, byte_fallback=False))
    assert tokenizer.encode("ab").tokens == ["ab"]
    assert indispensable(tokenizer) == {3}
    vocab[2] = ("ab", -13.0)  # -13 > -25 - 1, but -13 < -1 - 10 - 1 where the unlikeliest is 'b' itself
    again = Tokenizer(models.Unigram(vocab, unk_id=0, byte_fallback=False))
    assert again.encode("ab").tokens == ["ab"]
    assert cut(again, sorted({0, 1, 2} | indispensable(again))).encode("ab").tokens == ["ab"]


def test_a_merge_needs_its_parts():
    table = {"a": 0, "b": 1, "c": 2, "ab": 3, "abc": 4, "d": 5}
    tokenizer = Tokenizer(models.BPE(table, [("a", "b"), ("ab", "c")]))
    assert close(tokenizer, {4}) == {0, 1, 2, 3, 4}
    small = cut(tokenizer, [0, 1, 2, 3, 4])
    assert small.encode("abc").tokens == ["abc"]
    assert small.token_to_id("d") is None


def test_nested_templates_are_renumbered():
    table = {"[UNK]": 0, "x": 1, "[CLS]": 2, "[SEP]": 3, "a": 4}
    tokenizer = Tokenizer(models.WordPiece(table, unk_token="[UNK]"))
    tokenizer.add_special_tokens(["[CLS]", "[SEP]"])
    template = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(), template])
    assert special_ids(tokenizer) == {0, 2, 3}
    small = cut(tokenizer, [0, 2, 3, 4])
    assert small.encode("a").ids == [1, 3, 2]
    assert pieces_of(small) == ["[UNK]", "[CLS]", "[SEP]", "a"]


def test_a_vocabulary_of_whole_words_is_refused():
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
    with pytest.raises(ModelError, match="WordLevel"):
        cut(tokenizer, [0])
