"""What the answers' page shows: rows, how they are looked for, and what a correction may say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from luodi.data.pair import shown
from luodi.data.text import encodable
from luodi.errors import DataError
from luodi.labelling.keys import assign
from luodi.language import t
from luodi.store import Correction, Wanted
from luodi.tasks import kind_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.store import Kept
    from luodi.tasks import Head, Task

#: Rows of one page.
PAGE = 50
#: Signs of a text in the table.
_SHORT = 160
#: Keys that do something else on the page: down, up, the next head, the search.
_TAKEN = frozenset("jkh")


@dataclass(frozen=True)
class Search:
    """What is looked for; empty fields ask for nothing."""

    contains: str = ""
    label: str = ""
    model: str = ""
    below: float | None = None
    corrected: bool | None = None

    def wanted(self, *, before: tuple[float, str] | None = None, limit: int = PAGE) -> Wanted:
        """Give it as the store takes it."""
        return Wanted(
            model=self.model or None, contains=self.contains or None, label=self.label or None, below=self.below,
            corrected=self.corrected, limit=limit, before=before,
        )  # fmt: skip

    @property
    def is_empty(self) -> bool:
        """Tell whether everything is wanted."""
        return self == Search()


@dataclass(frozen=True)
class Cell:
    """What a head said of a text, how sure it was, and what somebody said is right."""

    head: str
    label: str
    probability: float | None
    right: str | None


@dataclass(frozen=True)
class Row:
    """One answer.

    Args:
        id: of the answer.
        at: seconds since 1970.
        model: that answered.
        text: in full; None where texts are not kept.
        short: its beginning on one line.
        cells: one for each head.
        probability: of the least sure head.
        abstained, tier, seconds: as the answer says.
        by: who corrected it last; empty where nobody did.
    """

    id: str
    at: float
    model: str
    text: str | None
    short: str
    cells: tuple[Cell, ...]
    probability: float
    abstained: bool
    tier: str
    seconds: float
    by: str

    @property
    def is_corrected(self) -> bool:
        """Tell whether anybody said what is right."""
        return any(cell.right is not None for cell in self.cells)


@dataclass(frozen=True)
class Choices:
    """What a head may be told.

    Args:
        head: its name.
        labels: to choose from; empty where it is not told with one key.
        keys: key -> label.
        is_several: whether any number of them may be right.
    """

    head: str
    labels: tuple[str, ...]
    keys: Mapping[str, str]
    is_several: bool


def read_row(kept: Kept) -> Row:
    """Arrange an answer that was kept."""
    one, right = kept.answered, kept.right()
    text = None if one.text is None else encodable(shown(one.text))
    flat = "" if text is None else " ".join(text[: 4 * _SHORT].split())
    cells = tuple(
        Cell(encodable(head), *_said(answer), None if head not in right else written(right[head]))
        for head, answer in one.answers.items()
    )
    by = kept.corrections[-1].who if kept.corrections else ""
    return Row(
        one.id, one.at, encodable(one.model), text, flat if len(flat) <= _SHORT else flat[:_SHORT] + "…", cells,
        one.probability, one.abstained, encodable(one.tier), one.seconds, encodable(by),
    )  # fmt: skip


def written(label: Any) -> str:
    """Write a label as people read it.

    >>> written("good"), written(["a", "b"]), written(4.0), written([]), written([{"label": "city", "text": "Rome"}])
    ('good', 'a, b', '4', '∅', 'city: Rome')
    """
    if isinstance(label, str):
        return encodable(label)
    if isinstance(label, bool | int | float):
        return f"{label:g}"
    if isinstance(label, list | tuple):
        return ", ".join(map(written, label)) or "∅"
    if isinstance(label, dict):
        beside = f": {label['text']}" if label.get("text") else ""
        return encodable(f"{label.get('label', '')}{beside}")
    return encodable(str(label))


def _said(answer: Any) -> tuple[str, float | None]:
    if isinstance(answer, dict):
        return written(answer.get("label", "")), answer.get("probability")
    return written(answer), min((one["probability"] for one in answer if "probability" in one), default=None)


def choices(task: Task) -> tuple[Choices, ...]:
    """Say for each head what it may be told, and with which keys."""
    return tuple(_choices(head) for head in task.heads)


def _choices(head: Head) -> Choices:
    kind = kind_name(head)
    labels = _LABELS[kind](head) if kind in _LABELS else ()
    is_several = kind == "multilabel"
    keys = {key: label for key, label in assign(labels).items() if key not in _TAKEN} if labels else {}
    return Choices(head.name, labels, keys, is_several)


_LABELS: Mapping[str, Any] = {
    "classify": lambda head: tuple(head.labels),
    "multilabel": lambda head: tuple(head.labels),
    "score": lambda head: tuple(f"{level:g}" for level in head.levels),
}


def correction(row: str, said: Sequence[str], *, choice: Choices, at: float, who: str) -> Correction:
    """Make what the store takes of labels that were pressed.

    Args:
        row: id of the answer.
        said: the label; of a head with several any number.
        choice: of the head.
        at: now, seconds since 1970.
        who: says so.

    Raises:
        DataError: a label is not one of the head's, or there is not just one where one is wanted.
    """
    foreign = [label for label in said if label not in choice.labels]
    if foreign or (len(said) != 1 and not choice.is_several):
        raise DataError(
            t("{head!r} cannot be told this", head=choice.head), found=", ".join(foreign)[:200] or None,
            fix=t("choose one of its labels"),
        )  # fmt: skip
    label: Any = list(said) if choice.is_several else said[0]
    return Correction(row, at, choice.head, label, who)
