"""Finds the candidates that fit a text best: by vectors among all, and by both texts read together among the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.bundle.reader import read_bundle
from luodi.bundle.runner import WINDOW, open_predictor
from luodi.data.kinds import LIKENESS
from luodi.data.pair import pair
from luodi.errors import DataError, RecipeError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from luodi.bundle.runner import Runner

#: So many of the nearest are read again by a second bundle, at least.
RERANKED = 20


class Finder:
    """Looks for a text's best fits among candidates whose vectors are kept.

    Every candidate is read once, when the finder is made; a text is then read once and held against all of them
    (numpy alone: 100,000 candidates take some tens of milliseconds). A second bundle, whose head reads both texts
    together, ranks the nearest anew, and takes its time for it.

    Args:
        bundle: the folder of a bundle with a head ``retrieve``.
        candidates: the texts to look among; equal ones are one.
        reranker: the folder of a bundle with a head ``match``.
        workers: batches computed at the same time; as many as there are cores unless given.

    Raises:
        BundleError: a bundle is damaged, foreign or unsafe.
        RecipeError: a bundle's heads do not do that.
    """

    def __init__(
        self, bundle: str | Path, candidates: Sequence[str], *, reranker: str | Path | None = None,
        workers: int | None = None,
    ) -> None:  # fmt: skip
        self._reader = open_predictor(read_bundle(bundle), workers=workers)
        self._head = _head(self._reader, apart=True)
        self._judge = open_predictor(read_bundle(reranker), workers=workers) if reranker is not None else None
        self._verdict = _head(self._judge, apart=False) if self._judge is not None else ""
        self.candidates = tuple(dict.fromkeys(candidates))
        self._vectors = self.vectors(self.candidates)

    def __enter__(self) -> Finder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the engines go; a closed finder finds no more."""
        self._reader.close()
        if self._judge is not None:
            self._judge.close()

    def find(self, text: str, *, k: int = 5) -> list[tuple[str, float]]:
        """Give the k candidates that fit a text best, the best first, each with its score.

        The score is the cosine of the vectors; with a second bundle, how probably the two match.
        """
        return self.find_all([text], k=k)[0]

    def find_all(self, texts: Sequence[str], *, k: int = 5) -> list[list[tuple[str, float]]]:
        """Give for each of several texts its k best candidates.

        Raises:
            RecipeError: k is below 1.
        """
        if isinstance(texts, str):
            raise DataError(t("one text was given where a list of texts is wanted"), fix=t("put it into a list"))
        if k < 1:
            raise RecipeError(t("find: at least one candidate is looked for"), found=str(k))
        asked = self.vectors(texts)
        n = k if self._judge is None else max(k, RERANKED)
        found = [self._nearest(vector, n) for vector in asked]
        if self._judge is None:
            return found
        return [self._ranked(text, nearest)[:k] for text, nearest in zip(texts, found, strict=True)]

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Give a vector of length 1 for each of n texts, (n, width); it does not depend on the other texts."""
        rows = [pair(one, *texts[place + 1 : place + 2] or ("",)) for place, one in enumerate(texts) if place % 2 == 0]
        width = self._reader.bundle.task[self._head].n_outputs
        made = [np.zeros((0, width), np.float32)]
        for start in range(0, len(rows), WINDOW):
            logits = self._reader.logits(rows[start : start + WINDOW])[self._head]
            made.append(np.asarray(logits, np.float32).reshape(-1, width))
        table = np.concatenate(made)[: len(texts)]
        return np.asarray(table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9), np.float32)

    def _nearest(self, vector: NDArray[np.float32], n: int) -> list[tuple[str, float]]:
        cosines = self._vectors @ vector
        first = np.argsort(-cosines, kind="stable")[:n]
        return [(self.candidates[place], float(cosines[place])) for place in first]

    def _ranked(self, text: str, nearest: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
        """Rank candidates by how probably they match, read together with the text."""
        assert self._judge is not None  # it is asked only where there is one
        said = self._judge.predict([pair(text, candidate) for candidate, _ in nearest])
        answers = [one.answers[self._verdict] for one in said]
        scores = [float(answer.probabilities[0]) for answer in answers]
        order = sorted(range(len(nearest)), key=lambda place: -scores[place])
        return [(nearest[place][0], scores[place]) for place in order]


def _head(predictor: Runner, *, apart: bool) -> str:
    """Name the head of a bundle that turns texts into vectors, or that reads two together.

    Raises:
        RecipeError: there is none.
    """
    task = predictor.bundle.task
    fitting = (head.name for head in task.heads if head.takes == LIKENESS and head.apart is apart)
    name = next(fitting, None)
    if name is None:
        kind = "retrieve" if apart else "match"
        raise RecipeError(
            t("find: {place} has no head {kind!r}", place=predictor.bundle.path, kind=kind),
            fix=f"luodi build DATA --label COLUMN:{kind}",
        )
    return name
