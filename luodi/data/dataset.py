"""Labelled text as the house passes it on: frozen, by columns, every row able to say where it came from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from luodi.data.kinds import ONE, kind_of
from luodi.errors import DataError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Example:
    """One row: a text, its label under each head (None where unlabelled), and where it stood."""

    text: str
    labels: Mapping[str, str | None]
    group: str | None
    time: str | None
    origin: str


@dataclass(frozen=True)
class Dataset:
    """A frozen set of examples, kept by columns so that a million short texts fit in a few hundred MB.

    Args:
        texts: the texts, n of them.
        labels: for each head its n labels as strings, None where a row has none.
        groups: whose row it is (customer, document), n of them, or None.
        times: when it was written, n of them, sortable as strings, or None.
        files: the files that rows came from.
        file_of: for each row the index of its file, (n,).
        line_of: for each row its line there, counted from 1, (n,).
        text_columns: the columns that the texts came from, where they came from a table.
        cleaned: the names of the cleaners that the texts went through, in their order; a model of them is asked
            through the same.
        kinds: what a label column holds, of ``luodi.data.kinds``; told by its cells where it is not named.

    >>> data = Dataset.of(["good", "bad"], {"label": ["pos", "neg"]})
    >>> len(data), data[1].labels["label"], data[1].origin
    (2, 'neg', 'memory:2')
    """

    texts: Sequence[str]
    labels: Mapping[str, Sequence[str | None]]
    groups: Sequence[str] | None = None
    times: Sequence[str] | None = None
    files: tuple[str, ...] = ("memory",)
    file_of: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    line_of: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    text_columns: tuple[str, ...] = ()
    cleaned: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        texts: Sequence[str],
        labels: Mapping[str, Sequence[str | None]] | None = None,
        *,
        groups: Sequence[str] | None = None,
        times: Sequence[str] | None = None,
    ) -> Dataset:
        """Make a set from lists in memory; rows are numbered from 1."""
        n = len(texts)
        return cls(
            tuple(texts), {head: tuple(column) for head, column in (labels or {}).items()},
            groups, times, file_of=np.zeros(n, np.int32), line_of=np.arange(1, n + 1),
        )  # fmt: skip

    def __post_init__(self) -> None:
        columns = {**self.labels, "groups": self.groups, "times": self.times, "line_of": self.line_of}
        for name, column in columns.items():
            if column is not None and len(column) != len(self.texts):
                msg = f"{name} has {len(column)} rows, texts have {len(self.texts)}"
                raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, row: int) -> Example:
        return Example(
            self.texts[row],
            {head: column[row] for head, column in self.labels.items()},
            self.groups[row] if self.groups else None,
            self.times[row] if self.times else None,
            self.origin(row),
        )

    def __iter__(self) -> Iterator[Example]:
        return (self[row] for row in range(len(self)))

    def origin(self, row: int) -> str:
        """Give ``file:line`` of a row."""
        return f"{self.files[int(self.file_of[row])]}:{int(self.line_of[row])}"

    def take(self, rows: Sequence[int] | NDArray[np.integer]) -> Dataset:
        """Give a set of some rows, in the order asked for."""
        index = np.asarray(rows, dtype=np.int64)
        return replace(
            self,
            texts=tuple(self.texts[i] for i in index),
            labels={head: tuple(column[i] for i in index) for head, column in self.labels.items()},
            groups=tuple(self.groups[i] for i in index) if self.groups is not None else None,
            times=tuple(self.times[i] for i in index) if self.times is not None else None,
            file_of=self.file_of[index],
            line_of=self.line_of[index],
        )

    def renamed(self, heads: Mapping[str, str]) -> Dataset:
        """Give the same rows with some label columns under other names."""
        return replace(
            self,
            labels={heads.get(name, name): column for name, column in self.labels.items()},
            kinds={heads.get(name, name): kind for name, kind in self.kinds.items()},
        )

    def kind(self, column: str) -> str:
        """Tell what a label column holds."""
        return self.kinds.get(column) or kind_of(self.labels[column])

    def sorting(self) -> dict[str, Sequence[str | None]]:
        """Give the columns that sort the rows: those with one label in a cell."""
        return {name: column for name, column in self.labels.items() if self.kind(name) == ONE}

    def with_columns(self, labels: Mapping[str, Sequence[str | None]]) -> Dataset:
        """Give the same rows with other label columns."""
        return replace(self, labels=labels, kinds={name: one for name, one in self.kinds.items() if name in labels})

    def fingerprint(self) -> str:
        """Give a hash of texts and labels in their order: the same rows, the same fingerprint, wherever they lie."""
        digest = hashlib.sha256()
        for name, column in (("text", self.texts), *sorted(self.labels.items())):
            digest.update(f"\x1d{name}\x1d".encode())
            for cell in column:
                digest.update(b"\x00" if cell is None else cell.encode("utf-8", "surrogatepass") + b"\x1e")
        return digest.hexdigest()


def concatenate(sets: Sequence[Dataset]) -> Dataset:
    """Put sets with the same heads one after the other; rows keep their origins.

    Columns that not every set has (groups, times) are left out.

    Raises:
        DataError: their texts were not cleaned alike.
    """
    first = sets[0]
    if strange := next((one for one in sets if one.cleaned != first.cleaned), None):
        raise DataError(
            t("data: rows that were not cleaned alike are no one set"),
            found=" | ".join(", ".join(one.cleaned) or t("not cleaned") for one in (first, strange)),
            fix=t("read all of them with the same cleaners"),
        )
    starts = np.cumsum([0, *(len(s.files) for s in sets)])
    grouped, timed = all(s.groups is not None for s in sets), all(s.times is not None for s in sets)
    return Dataset(
        texts=tuple(text for s in sets for text in s.texts),
        labels={head: tuple(cell for s in sets for cell in s.labels[head]) for head in first.labels},
        groups=tuple(cell for s in sets for cell in s.groups or ()) if grouped else None,
        times=tuple(cell for s in sets for cell in s.times or ()) if timed else None,
        files=tuple(name for s in sets for name in s.files),
        file_of=np.concatenate([s.file_of + start for s, start in zip(sets, starts, strict=False)]).astype(np.int32),
        line_of=np.concatenate([s.line_of for s in sets]),
        text_columns=first.text_columns,
        cleaned=first.cleaned,
        kinds=first.kinds,
    )
