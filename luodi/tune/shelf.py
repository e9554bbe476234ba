"""Numbers made once and read many times, in a file without a name that vanishes with the process."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Shelf:
    """A table of float32, (n, width), filled in any order and then read.

    Args:
        file: where it lies.
        n: rows.
        width: numbers in a row.
    """

    file: IO[bytes]
    n: int
    width: int

    def put(self, row: int, values: NDArray[np.float32]) -> None:
        """Lay one row or more down, from a row on: (width,) or (m, width).

        Raises:
            OSError: the disk is full or broken.
        """
        left = memoryview(np.ascontiguousarray(values, np.float32).tobytes())
        at = row * self.width * 4
        while left:
            n = os.pwrite(self.file.fileno(), left, at)
            left, at = left[n:], at + n

    def values(self) -> NDArray[np.float32]:
        """Give all rows, read from the disk where they are looked at; they outlive the shelf."""
        if not self.n * self.width:
            return np.zeros((self.n, self.width), np.float32)
        return np.memmap(self.file, np.float32, mode="r", shape=(self.n, self.width))


@contextmanager
def shelf(n: int, width: int, *, folder: Path | None) -> Iterator[Shelf]:
    """Open a shelf for n rows of some width in a folder; None takes the system's own for what is temporary.

    >>> with shelf(3, 2, folder=None) as one:
    ...     one.put(1, np.ones((2, 2), np.float32))
    ...     one.put(0, np.zeros(2, np.float32))
    ...     values = one.values()
    >>> values.tolist()
    [[0.0, 0.0], [1.0, 1.0], [1.0, 1.0]]

    Raises:
        OSError: nothing can be written there.
    """
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        yield Shelf(file, n, width)
