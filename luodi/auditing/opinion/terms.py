"""Texts as weighted terms: what the audit's linear models see of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.near import normal_forms
from luodi.data.text import encodable
from luodi.runtime import need

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Runs of up to three characters of the text in normal form; words, and pairs of them. A Chinese sign is a word.
_CHARACTERS = (1, 3)
_WORDS = (1, 2)
_WORD = r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+"
_BUCKETS = 2**18
#: Characters of a text that are looked at; fewer where that makes very many of all texts.
_LONGEST, _SHORTEST_CUT, _MOST_CHARACTERS = 1000, 200, 30_000_000


@dataclass(frozen=True)
class Terms:
    """Which terms count, and how much: learned from some texts, said of any.

    Terms are hashed, so that no text and no number of texts can fail or fill the memory.

    Args:
        kept: for characters and for words the buckets that count, ascending.
        weights: for each of these buckets its inverse document frequency.
        longest: characters of a text that are looked at.
    """

    kept: tuple[NDArray[np.int64], NDArray[np.int64]]
    weights: tuple[NDArray[np.float32], NDArray[np.float32]]
    longest: int

    def of(self, texts: Sequence[str]) -> Any:
        """Give the texts' weighted terms, a sparse (n, F) of float32; each row has length 1, or 0 without terms."""
        return self.weighted(_counts(texts, self.longest))

    def weighted(self, counts: tuple[Any, Any]) -> Any:
        """Weigh terms that are counted already: two sparse tables, of characters and of words."""
        from scipy.sparse import hstack
        from sklearn.preprocessing import normalize

        blocks = []
        for table, kept, weights in zip(counts, self.kept, self.weights, strict=True):
            block = table[:, kept]
            block.data = (1 + np.log(block.data)) * weights[block.indices]
            blocks.append(normalize(block, copy=False) if min(block.shape) else block)
        joined = hstack(blocks, format="csr", dtype=np.float32)
        return normalize(joined, copy=False) if min(joined.shape) else joined


def fit_terms(texts: Sequence[str], *, most: int = 100_000, n_texts: int | None = None) -> tuple[Terms, Any]:
    """Learn from texts which terms count: those of at least two texts (of few texts: all), the most frequent first.

    Args:
        texts: all texts, or a sample of them.
        most: so many terms count at most.
        n_texts: how many texts there will be in all; very many are cut shorter.

    Returns:
        What was learned, and the weighted terms of these very texts, (n, F).

    Raises:
        MissingExtra: scikit-learn is not installed.
    """
    need("sklearn", extra="train")
    n_texts = max(n_texts or len(texts), 1)
    mean = sum(min(len(text), _LONGEST) for text in texts) / max(len(texts), 1)
    longest = _LONGEST if mean * n_texts <= _MOST_CHARACTERS else max(_SHORTEST_CUT, _MOST_CHARACTERS // n_texts)
    counts = _counts(texts, longest)
    found = np.stack([np.bincount(table.indices, minlength=_BUCKETS) for table in counts])
    kept = _frequent(found, least=2 if len(texts) > 500 else 1, most=most)
    weights = [
        (1 + np.log((1 + len(texts)) / (1 + column[rows]))).astype(np.float32)
        for column, rows in zip(found, kept, strict=True)
    ]
    terms = Terms(kept, (weights[0], weights[1]), longest)
    return terms, terms.weighted(counts)


def _frequent(found: NDArray[np.int64], *, least: int, most: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the buckets of both kinds that stand in enough texts; of too many, those in the most texts."""
    flat = found.ravel()
    rows = np.flatnonzero(flat >= least)
    if len(rows) > most:
        rows = np.sort(rows[np.argsort(-flat[rows], kind="stable")[:most]])
    return rows[rows < _BUCKETS], rows[rows >= _BUCKETS] - _BUCKETS


def _counts(texts: Sequence[str], longest: int) -> tuple[Any, Any]:
    """Count hashed runs of characters, and of words: two sparse (n, _BUCKETS)."""
    from sklearn.feature_extraction.text import HashingVectorizer

    shared: dict[str, Any] = {"n_features": _BUCKETS, "alternate_sign": False, "norm": None, "dtype": np.float32}
    characters = HashingVectorizer(analyzer="char", lowercase=False, ngram_range=_CHARACTERS, **shared)
    words = HashingVectorizer(token_pattern=_WORD, ngram_range=_WORDS, **shared)
    cut = [encodable(text[:longest]) for text in texts]
    tables = (characters.transform(normal_forms(cut)), words.transform(cut))
    for table in tables:
        table.sum_duplicates()
    return tables
