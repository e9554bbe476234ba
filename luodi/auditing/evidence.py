"""What checks look at: the rows, and what several checks need of them, computed once and only when asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from luodi.auditing.opinion.opinion import Opinion, opinion_of
from luodi.data import concatenate
from luodi.data.near import near_pairs, normal_forms
from luodi.progress import Progress, Silent
from luodi.runtime import need

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from luodi.data import Dataset


class Evidence:
    """The audited rows, part after part, and what is known of them.

    Args:
        parts: the rows by part: ``{"train": ...}``, with ``validation`` and ``test`` where they came as parts.
        encoder: name of the pretrained encoder to ask, where the audit is a deep one.
        seed: of whatever is drawn.
        passed_over: label columns left out because they sort no rows: no check knows what to make of them.
        progress: who is told.
    """

    def __init__(
        self,
        parts: Mapping[str, Dataset],
        *,
        encoder: str | None = None,
        seed: int = 7,
        passed_over: tuple[str, ...] = (),
        progress: Progress | None = None,
    ) -> None:
        self.data = concatenate(list(parts.values())) if len(parts) > 1 else next(iter(parts.values()))
        self.parts = tuple(parts)
        #: for each row the index of its part, (n,)
        self.part_of: NDArray[np.int64] = np.repeat(np.arange(len(parts)), [len(part) for part in parts.values()])
        self.encoder, self.seed, self.progress = encoder, seed, progress or Silent()
        self.passed_over = passed_over
        self._opinions: dict[str, Opinion] = {}

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """Give each text in normal form: width, case and white space folded; blank texts are ``""``."""
        return tuple(normal_forms(self.data.texts))

    @cached_property
    def exact(self) -> NDArray[np.int64]:
        """Number the groups of texts that are equal in normal form: (n,), each group by its first row."""
        first: dict[str, int] = {}
        return np.array([first.setdefault(form, row) for row, form in enumerate(self.forms)], np.int64)

    @cached_property
    def pairs(self) -> NDArray[np.int64]:
        """Give the pairs of nearly equal texts, each text by its first row: (m, 2), the lower row first."""
        return near_pairs(self.data.texts, progress=self.progress)

    @cached_property
    def near(self) -> NDArray[np.int64]:
        """Number the groups of texts that are nearly equal (Jaccard 0.8 of three-character shingles) or equal: (n,).

        What is near to something near is in the same group, whose number is its first row.
        """
        n, (one, other) = len(self.data), self.pairs.T
        links = need("scipy.sparse", extra="train").coo_array((np.ones(len(one), bool), (one, other)), shape=(n, n))
        _, group = need("scipy.sparse.csgraph", extra="train").connected_components(links, directed=False)
        _, first, place = np.unique(group[self.exact], return_index=True, return_inverse=True)
        return np.asarray(first[place], np.int64)

    def opinion(self, head: str) -> Opinion:
        """Give what models that did not see a row (nor its near-duplicates) say of its label under a head."""
        if head not in self._opinions:
            self._opinions[head] = opinion_of(
                self.data.texts, self.data.labels[head], groups=self.near, encoder=self.encoder, seed=self.seed,
                progress=self.progress,
            )  # fmt: skip
        return self._opinions[head]
