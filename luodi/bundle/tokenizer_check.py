"""Checks a tokenizer.json before the Rust loader sees it, and loads it so that nothing in it can take us down."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from luodi.bundle.bundle import printable
from luodi.bundle.tokenizer_parts import GROWTH, MEMBERS, PARTS, is_flag, is_number, is_text, maybe
from luodi.errors import BundleError
from luodi.language import t
from luodi.runtime import need

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenizers import Tokenizer

_MOST_PIECES = 1 << 21
_PIECE_CHARACTERS = 512
_ID = is_number(0, 1 << 24)
_PIECE = is_text(_PIECE_CHARACTERS)
_MOST_PARTS = 32
#: By how much all normalizers together may make a text longer.
_MOST_GROWTH = 1 << 14
_SECTIONS = ("normalizer", "pre_tokenizer", "post_processor", "decoder")
_TOP = {"version", "truncation", "padding", "added_tokens", "model", *_SECTIONS}


def check_tokenizer(raw: bytes, *, place: str) -> None:
    """Refuse a tokenizer that is not made of known parts, or that pads, cuts, draws lots or may run for ever.

    Raises:
        BundleError: with the field and what is wrong about it.
    """
    try:
        tree = json.loads(raw, parse_constant=_no_constant)
        _check_top(tree)
        for section in _SECTIONS:
            _check_section(section, tree.get(section))
        _check_model(tree.get("model"))
        _check_added(tree.get("added_tokens", []))
    except (ValueError, RecursionError) as failed:
        raise _refusal(place, printable(str(failed))) from failed


def load_tokenizer(raw: bytes, *, place: str) -> Tokenizer:
    """Load checked bytes and try the tokenizer on a few texts.

    Raises:
        BundleError: the loader fails on them or panics.
        MissingExtra: the package ``tokenizers`` is not installed.
    """
    tokenizers = need("tokenizers", extra="serve")
    with guarded(place):
        tokenizer: Tokenizer = tokenizers.Tokenizer.from_buffer(raw)
        tokenizer.no_padding()
        tokenizer.no_truncation()
        tokenizer.encode_batch_fast(["", " ", "a", "好", "\U0001f600", "\u0000\ufffd \u0301"])
    return tokenizer


@contextmanager
def guarded(place: str) -> Iterator[None]:
    """Turn what the Rust side raises within a block into BundleError; its panics are no ``Exception``."""
    try:
        yield
    except BundleError:
        raise
    except BaseException as failed:  # a panic derives from BaseException alone; all others of that kind go on
        if isinstance(failed, Exception) or type(failed).__name__ == "PanicException":
            raise _refusal(place, printable(str(failed))) from failed
        raise


def _refusal(place: str, found: str) -> BundleError:
    return BundleError(
        t("bundle: {place}: tokenizer.json is not a tokenizer that may be loaded", place=place),
        found=found,
        fix=t("take bundles only from where they were built, or build it anew"),
    )


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _check_top(tree: Any) -> None:
    if not isinstance(tree, dict):
        raise ValueError("no object")
    if foreign := sorted(set(tree) - _TOP):
        raise ValueError(t("{field}: not a field", field=foreign[0]))
    for name in ("padding", "truncation"):
        if tree.get(name) is not None:
            raise ValueError(t("{field}: must be null; it comes from the manifest", field=name))


def _check_section(section: str, part: Any) -> None:
    """Check one section: null, a part, or a sequence of parts."""
    parts = list(_flatten(section, part, depth=0)) if part is not None else []
    if len(parts) > _MOST_PARTS:
        raise ValueError(t("{section}: more than {n} parts", section=section, n=_MOST_PARTS))
    for kind, fields in parts:
        _check_fields(f"{section}.{kind}", fields, PARTS[section][kind])
        _check_shrinks(section, kind, fields)
    if section in ("normalizer", "pre_tokenizer"):
        growth = math.prod(GROWTH.get(kind, 1) for kind, _ in parts)
        if growth > _MOST_GROWTH:
            raise ValueError(t("{section}: makes a text up to {n} times as long", section=section, n=growth))


def _flatten(section: str, part: Any, *, depth: int) -> list[tuple[str, dict[str, Any]]]:
    """Give (kind, fields) of a part and of all parts within it."""
    kind = part.get("type") if isinstance(part, dict) else None
    fields = {name: value for name, value in part.items() if name != "type"} if isinstance(part, dict) else {}
    if kind == "Sequence" and depth < 4:
        members = fields.get(MEMBERS[section])
        if set(fields) != {MEMBERS[section]} or not isinstance(members, list) or len(members) > _MOST_PARTS:
            raise ValueError(f"{section}.Sequence: no sequence")
        return [one for member in members for one in _flatten(section, member, depth=depth + 1)]
    if not isinstance(kind, str) or kind not in PARTS[section]:
        raise ValueError(t("{section}: {kind!r} is not a known part", section=section, kind=kind))
    return [(kind, fields)]


def _check_fields(where: str, fields: Mapping[str, Any], allowed: Mapping[str, Callable[[Any], None]]) -> None:
    for name, value in fields.items():
        if name not in allowed:
            raise ValueError(t("{field}: not a field", field=f"{where}.{name}"))
        try:
            allowed[name](value)
        except ValueError as failed:
            raise ValueError(f"{where}.{name}: {failed}") from failed


def _check_shrinks(section: str, kind: str, fields: Mapping[str, Any]) -> None:
    """Refuse a replacement that is longer than what it replaces: a few in a row would grow without end."""
    if section == "normalizer" and kind == "Replace":
        pattern = fields.get("pattern", {})
        replaced = len(pattern["String"]) if "String" in pattern else 1
        if len(fields.get("content", "")) > replaced:
            raise ValueError(t("normalizer.Replace: puts in more than it takes out"))


def _check_model(model: Any) -> None:
    kind = model.get("type") if isinstance(model, dict) else None
    if not isinstance(kind, str) or kind not in _MODELS:
        raise ValueError(f"model: {kind!r} is not one of {', '.join(_MODELS)}")
    _check_fields(f"model.{kind}", {k: v for k, v in model.items() if k != "type"}, _MODELS[kind])
    unknown, vocabulary = model.get("unk_token"), model.get("vocab")
    if vocabulary is None:
        raise ValueError("model: no vocab")
    if kind == "WordPiece" and unknown not in vocabulary:
        raise ValueError("model.WordPiece.unk_token: not in the vocabulary")
    if kind == "Unigram" and not 0 <= (model.get("unk_id") or 0) < len(vocabulary):
        raise ValueError("model.Unigram.unk_id: not in the vocabulary")


def _is_vocabulary(value: Any) -> None:
    """Take piece -> id, each id once."""
    if not isinstance(value, dict) or not 0 < len(value) <= _MOST_PIECES:
        raise ValueError("no vocabulary")
    for piece, place in value.items():
        _PIECE(piece)
        _ID(place)
    if len(set(value.values())) != len(value):
        raise ValueError("two pieces with one id")


def _is_scored(value: Any) -> None:
    """Take [piece, log probability] rows."""
    if not isinstance(value, list) or not 0 < len(value) <= _MOST_PIECES:
        raise ValueError("no vocabulary")
    for row in value:
        if not isinstance(row, list) or len(row) != 2 or type(row[1]) not in (int, float) or not abs(row[1]) < 1e6:
            raise ValueError("a row that is no piece with its score")
        _PIECE(row[0])


def _are_merges(value: Any) -> None:
    """Take "a b" or ["a", "b"] rows."""
    if not isinstance(value, list) or len(value) > _MOST_PIECES:
        raise ValueError("no list of merges")
    for row in value:
        for piece in row if isinstance(row, list) and len(row) == 2 else [row]:
            is_text(2 * _PIECE_CHARACTERS)(piece)


def _is_no_dropout(value: Any) -> None:
    if value:
        raise ValueError(t("draws lots: the same text would get other answers"))


def _check_added(rows: Any) -> None:
    if not isinstance(rows, list) or len(rows) > 1 << 16:
        raise ValueError("added_tokens: no list")
    for row in rows:
        if not isinstance(row, dict):
            raise ValueError("added_tokens: no list of objects")
        _check_fields("added_tokens", row, _ADDED)
        if not row.get("content") or "id" not in row:
            raise ValueError("added_tokens: a row without content or id")


_FLAG_OR_NULL = maybe(is_flag)
_AFFIX = maybe(is_text(16))
_MODELS: Mapping[str, Mapping[str, Callable[[Any], None]]] = {
    "WordPiece": {
        "unk_token": _PIECE, "continuing_subword_prefix": is_text(16), "max_input_chars_per_word": is_number(1, 1000),
        "vocab": _is_vocabulary,
    },
    "Unigram": {"unk_id": maybe(_ID), "vocab": _is_scored, "byte_fallback": _FLAG_OR_NULL},
    "BPE": {
        "dropout": _is_no_dropout, "unk_token": maybe(_PIECE), "continuing_subword_prefix": _AFFIX,
        "end_of_word_suffix": _AFFIX, "fuse_unk": _FLAG_OR_NULL, "byte_fallback": _FLAG_OR_NULL,
        "ignore_merges": _FLAG_OR_NULL, "vocab": _is_vocabulary, "merges": _are_merges,
    },
}  # fmt: skip
_ADDED = {
    "id": _ID, "content": is_text(256, 1), "single_word": is_flag, "lstrip": is_flag, "rstrip": is_flag,
    "normalized": is_flag, "special": is_flag,
}  # fmt: skip
