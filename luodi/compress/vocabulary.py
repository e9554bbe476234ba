"""Cuts a tokenizer down to some of its pieces; one function for each kind of vocabulary."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from luodi.errors import ModelError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tokenizers import Tokenizer

_BYTE = re.compile(r"<0x[0-9A-F]{2}>")


def pieces_of(tokenizer: Tokenizer) -> list[str]:
    """Give every piece in order of id."""
    table = tokenizer.get_vocab(with_added_tokens=True)
    pieces = [""] * (max(table.values()) + 1)
    for piece, place in table.items():
        pieces[place] = piece
    return pieces


def special_ids(tokenizer: Tokenizer) -> set[int]:
    """Give the ids that are no text: added tokens, the unknown piece, and what the template puts around a text."""
    raw = json.loads(tokenizer.to_str())
    found = {row["id"] for row in raw["added_tokens"]}
    table = tokenizer.get_vocab(with_added_tokens=True)
    unknown = raw["model"].get("unk_token")
    found |= {table[unknown]} if unknown in table else set()
    found |= {raw["model"]["unk_id"]} if raw["model"].get("unk_id") is not None else set()
    return found | set(tokenizer.encode("").ids)


def indispensable(tokenizer: Tokenizer) -> set[int]:
    """Give the pieces that no cut may take, whatever the data hold.

    Bytes, where the vocabulary falls back on them: with them any text can be written. And a Unigram's unlikeliest
    piece: ten below its score lies the score of what is unknown, so that without it words would be split otherwise.
    """
    model = json.loads(tokenizer.to_str())["model"]
    if model["type"] == "Unigram":
        scores = [score for _, score in model["vocab"]]
        unlikeliest = {scores.index(min(scores))}
        return unlikeliest | {place for place, (piece, _) in enumerate(model["vocab"]) if _BYTE.fullmatch(piece)}
    if model["type"] == "BPE":
        return {place for piece, place in model["vocab"].items() if len(piece) == 1 or _BYTE.fullmatch(piece)}
    return set()


def close(tokenizer: Tokenizer, kept: set[int]) -> set[int]:
    """Add the pieces that kept pieces are made from (BPE builds a piece by merging two)."""
    raw = json.loads(tokenizer.to_str())["model"]
    if raw["type"] != "BPE":
        return kept
    table: Mapping[str, int] = raw["vocab"]
    parts: dict[int, set[int]] = {}
    for left, right in map(_pair, raw["merges"]):
        parts.setdefault(table[left + right], set()).update((table[left], table[right]))
    closed, waiting = set(kept), list(kept)
    while waiting:
        for part in parts.get(waiting.pop(), set()) - closed:
            closed.add(part)
            waiting.append(part)
    return closed


def cut(tokenizer: Tokenizer, kept: Sequence[int]) -> Tokenizer:
    """Make a tokenizer of some pieces; piece ``kept[i]`` gets the id ``i``.

    Raises:
        ModelError: the vocabulary is of a kind that cannot be cut.
    """
    from tokenizers import Tokenizer

    raw = json.loads(tokenizer.to_str())
    kind = raw["model"]["type"]
    if kind not in _CUTTERS:
        raise ModelError(
            t("trim_vocab: a vocabulary of the kind {kind} cannot be cut", kind=kind), fix=t("leave trim_vocab out")
        )
    new = {old: place for place, old in enumerate(kept)}
    _CUTTERS[kind](raw["model"], new)
    raw["added_tokens"] = [{**row, "id": new[row["id"]]} for row in raw["added_tokens"] if row["id"] in new]
    _renumber(raw.get("post_processor"), new)
    return Tokenizer.from_str(json.dumps(raw, ensure_ascii=False))


def _cut_unigram(model: dict[str, Any], new: Mapping[int, int]) -> None:
    model["unk_id"] = new[model["unk_id"]]
    model["vocab"] = [model["vocab"][old] for old in sorted(new, key=new.__getitem__) if old < len(model["vocab"])]


def _cut_wordpiece(model: dict[str, Any], new: Mapping[int, int]) -> None:
    model["vocab"] = {piece: new[old] for piece, old in model["vocab"].items() if old in new}


def _cut_bpe(model: dict[str, Any], new: Mapping[int, int]) -> None:
    _cut_wordpiece(model, new)
    table = model["vocab"]
    model["merges"] = [
        pair for pair in model["merges"] if all(p in table for p in (*_pair(pair), "".join(_pair(pair))))
    ]


_CUTTERS: Mapping[str, Callable[[dict[str, Any], Mapping[int, int]], None]] = {
    "Unigram": _cut_unigram,
    "WordPiece": _cut_wordpiece,
    "BPE": _cut_bpe,
}


def _pair(merge: str | list[str]) -> tuple[str, str]:
    left, right = merge.split(" ") if isinstance(merge, str) else merge
    return left, right


def _renumber(node: Any, new: Mapping[int, int]) -> None:
    """Renumber the ids inside a post-processor, in place: templates hold ``ids``, BERT's and RoBERTa's hold pairs."""
    if isinstance(node, list):
        for one in node:
            _renumber(one, new)
    elif isinstance(node, dict):
        if isinstance(node.get("ids"), list):
            node["ids"] = [new[old] for old in node["ids"]]
        for key in ("sep", "cls"):
            if isinstance(node.get(key), list):
                node[key] = [node[key][0], new[node[key][1]]]
        for key, value in node.items():
            if key not in ("ids", "sep", "cls"):
                _renumber(value, new)
