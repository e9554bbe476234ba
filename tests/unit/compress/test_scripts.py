"""Scripts are weighed, strays do not count, and the fill follows the data."""

import pytest
from tokenizers import Tokenizer, models

from luodi.compress.likelihood import likeliest
from luodi.compress.scripts import script_of, shares


def test_a_stray_letter_is_no_script_seen():
    scripts = ["CJK", "GEORGIAN", "HANGUL", "LATIN"]
    found = shares(scripts, {0: 99_000, 1: 3, 2: 997})
    assert set(found) == {"CJK", "HANGUL", "LATIN", "SIGN"}
    assert found["CJK"] == pytest.approx(0.99)
    assert found["LATIN"] == 0
    assert set(shares(scripts, {})) == {"LATIN", "SIGN"}


@pytest.mark.parametrize("piece", ["", "▁", "##", "\ud800", "\x00", "᭄"])
def test_a_piece_without_a_letter_is_a_sign(piece):
    assert script_of(piece) == "SIGN"


def test_the_fill_follows_the_scripts_of_the_data():
    pieces = [("<unk>", 0.0), ("de", -3.0), ("la", -4.0), ("物流", -9.0), ("包装", -8.0), ("очень", -2.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=False))
    scripts = [script_of(piece) for piece, _ in pieces]
    mostly = {"CJK": 0.9, "LATIN": 0.1, "SIGN": 0.0}
    assert likeliest(tokenizer, [1, 2, 3, 4, 5], scripts=scripts, shares=mostly) == [4, 3, 1, 2]


def test_without_scores_the_first_are_the_likeliest():
    tokenizer = Tokenizer(models.WordPiece({"[UNK]": 0, "the": 1, "of": 2, "zebra": 3}, unk_token="[UNK]"))
    order = likeliest(tokenizer, [3, 2, 1], scripts=["LATIN"] * 4, shares={"LATIN": 1.0})
    assert order == [1, 2, 3]
