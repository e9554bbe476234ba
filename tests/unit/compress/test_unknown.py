"""Words that WordPiece gave up stay unknown after a cut."""

from tokenizers import Tokenizer, models, pre_tokenizers

from luodi.compress.unknown import failed_paths
from luodi.compress.vocabulary import cut


def test_a_word_given_up_does_not_become_known():
    """Without 'ab', the word 'abc' would come through as 'a' + '##bc'."""
    table = {"[UNK]": 0, "a": 1, "ab": 2, "##bc": 3, "##x": 4, "[CLS]": 5}
    tokenizer = Tokenizer(models.WordPiece(table, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    assert tokenizer.encode("abc").tokens == ["[UNK]"]
    assert failed_paths(tokenizer, ["abc ax"], [tokenizer.encode("abc ax").ids]) == {2}
    assert cut(tokenizer, [0, 1, 3, 4]).encode("abc").tokens == ["a", "##bc"]
    assert cut(tokenizer, [0, 1, 2, 3, 4]).encode("abc").tokens == ["[UNK]"]
