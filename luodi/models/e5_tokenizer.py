"""Builds the E5 file's tokenizer for the Rust library: Unigram over metaspaced, normalised text."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from luodi.errors import ModelError
from luodi.language import t

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from luodi.models.e5 import E5File

#: Stands for the full-width tilde while NFKC runs, which would turn it into an ASCII one; the file keeps it.
_TILDE, _STAND_IN = "\uff5e", "\uf8ff"


def build_tokenizer(file: E5File) -> Tokenizer:
    """Make a tokenizer that splits as the file's own engine does.

    The file's normalisation is NFKC but for a few dozen code points: controls vanish, exotic spaces become spaces.
    (73 rare letters that the file leaves alone are still folded by NFKC here.)

    Raises:
        ModelError: the file maps code points in a way that is not known here.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    bos, eos, unk = (file.specials[name] for name in ("bos", "eos", "unk"))
    tokenizer = Tokenizer(models.Unigram(list(file.pieces), unk_id=unk, byte_fallback=False))
    exceptions = [
        normalizers.Replace(Regex(f"[{one}]"), by) for one, by in zip(_exceptions(file), ("", " "), strict=True) if one
    ]
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(_TILDE, _STAND_IN),
            normalizers.NFKC(),
            normalizers.Replace(_STAND_IN, _TILDE),
            *exceptions,
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(file.pieces[bos][0], bos), (file.pieces[eos][0], eos)],
    )  # fmt: skip
    return tokenizer


def _exceptions(file: E5File) -> tuple[str, str]:
    """Find the code points that NFKC would not map as the file does, as the insides of two character classes."""
    odd = {point: text for point, text in file.normalisation.items() if unicodedata.normalize("NFKC", point) != text}
    foreign = {point for point, text in odd.items() if text not in ("", " ")}
    if foreign:
        raise ModelError(
            t("model: the vocabulary file maps {n} signs in a way that is not known here", n=len(foreign)),
            found=ascii("".join(sorted(foreign)[:10])),
        )
    gone, spaces = (sorted(p for p, text in odd.items() if text == wanted) for wanted in ("", " "))
    return _as_class(gone), _as_class(spaces)


def _as_class(points: list[str]) -> str:
    return "".join(f"\\x{{{ord(point):x}}}" for point in points)
