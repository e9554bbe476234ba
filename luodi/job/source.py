"""Where the labelled rows of a recipe come from, and how they are divided."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from luodi.data import known_cleaners
from luodi.language import t
from luodi.registry import did_you_mean
from luodi.tasks import head_kinds


@dataclass(frozen=True)
class SplitPlan:
    """How rows go into train, validation and test.

    Args:
        by: a column whose rows stay together (customer, document).
        time: a column of dates; the newest rows become the test.
        test: share of the rows kept for the proof.
        validation: share kept for choices while building.
        seed: which of the possible splits.
    """

    by: str | None = None
    time: str | None = None
    test: float = 0.2
    validation: float = 0.1
    seed: int = 7

    def __post_init__(self) -> None:
        if not (0 < self.test < 1 and 0 < self.validation < 1 and self.test + self.validation < 1):
            raise ValueError(t("test and validation are shares above 0 that leave rows to learn from"))
        if self.by and self.time:
            raise ValueError(t("give one of by and time"))


@dataclass(frozen=True)
class DataSource:
    """Where the labelled rows are, and which columns matter; paths start at the current folder.

    Args:
        path: a file, or a folder that holds train, validation and test files.
        text: the text column, or several to be joined; found by name where None.
        labels: head kind by label column; found by name where None. What suits its cells, where a kind is ``auto``.
        validation: a file of its own for validation.
        test: a file of its own for the test.
        sheet: the sheet of a workbook.
        delimiter: the sign between columns, where it is not recognised.
        encoding: the encoding of the file, where it is not recognised.
        clean: cleaners that every text goes through, in order, here and wherever the bundle answers.
        split: how rows are divided where no files say so.
    """

    path: str
    text: str | tuple[str, ...] | None = None
    labels: dict[str, str] | None = None
    validation: str | None = None
    test: str | None = None
    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    clean: str | tuple[str, ...] = ()
    split: SplitPlan = field(default_factory=SplitPlan)

    def __post_init__(self) -> None:
        known_cleaners(self.clean)
        for column, kind in (self.labels or {}).items():
            if kind not in (known := ("auto", *head_kinds())):
                why = t("no {kind} is named {name!r}", kind="head", name=kind) + did_you_mean(kind, known)
                raise ValueError(f"labels.{column}: {why}")
        for name in ("path", "validation", "test"):
            if not _is_path(path := getattr(self, name) or ""):
                raise ValueError(t("{name}: {path!r} cannot be the name of a file", name=name, path=path))


def _is_path(text: str) -> bool:
    """Tell whether the system could know a file by this name."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False
