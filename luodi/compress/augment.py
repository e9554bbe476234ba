"""Texts made up from those that there are, for a teacher to answer."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.data import Dataset

#: A span of this share of a text's words is dropped, at least one word.
_LEAST, _MOST = 0.1, 0.4
#: This share of the texts made is mixed.
_MIXED = 0.5


def made_up(data: Dataset, *, n_each: int, seed: int) -> list[str]:
    """Make texts of the rows, n_each of each: by a throw with a span dropped, or mixed with another of its label.

    A mixed text is the first part of one and the last part of the other. A row whose label no other bears has spans
    dropped alone. Words are what blanks divide; where a text has none (Chinese), each sign is one.

    >>> from luodi.data import Dataset
    >>> made_up(Dataset.of(["a b c d", "e f g h"], {"y": ["k", "k"]}), n_each=2, seed=1)
    ['a b c', 'a c d', 'e g h', 'e f g']
    """
    rng = np.random.default_rng(seed)
    alike = _alike(data.labels, len(data))
    texts = []
    for row, text in enumerate(data.texts):
        for _ in range(n_each):
            partners, mixes = alike[row], bool(rng.random() < _MIXED)
            other = partners[int(rng.integers(len(partners)))]
            texts.append(_mixed(text, data.texts[other], rng) if mixes and other != row else _shortened(text, rng))
    return texts


def _alike(labels: Mapping[str, Sequence[str | None]], n: int) -> list[Sequence[int]]:
    """Give for each row the rows that bear the same labels, itself among them."""
    keys = list(zip(*labels.values(), strict=True)) if labels else [()] * n
    rows: dict[tuple[str | None, ...], list[int]] = defaultdict(list)
    for row, key in enumerate(keys):
        rows[key].append(row)
    return [rows[key] for key in keys]


def _words(text: str) -> tuple[list[str], str]:
    """Divide a text into words, and say what stands between them."""
    parts = text.split()
    return (parts, " ") if len(parts) > 2 else (list(text), "")


def _shortened(text: str, rng: np.random.Generator) -> str:
    words, between = _words(text)
    n = max(1, round(len(words) * float(rng.uniform(_LEAST, _MOST))))
    start = int(rng.integers(max(1, len(words) - n + 1)))
    left = words[:start] + words[start + n :]
    return between.join(left) if left else text


def _mixed(one: str, other: str, rng: np.random.Generator) -> str:
    first, between = _words(one)
    last, between_last = _words(other)
    share = float(rng.uniform(0.3, 0.7))
    head = first[: max(1, round(len(first) * share))]
    tail = last[min(len(last) - 1, round(len(last) * share)) :] if last else []
    return between.join(head) + (" " if between or between_last else "") + between_last.join(tail)
