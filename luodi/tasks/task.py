"""What a right answer is: the heads over one input, and what they answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from luodi.data.kinds import LIKENESS
from luodi.data.pair import halves
from luodi.data.text import encodable
from luodi.errors import DataError, RecipeError
from luodi.language import t
from luodi.registry import enter_all, find, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from luodi.budget import HeadReport
    from luodi.data.dataset import Dataset
    from luodi.data.pieces import Pieces
    from luodi.tasks.judgement import Judgement

    #: What a head's layer puts out for n texts: (n, n_outputs); by token n times (T, n_outputs); of texts that are
    #: read apart those of both side by side, (n, 2 n_outputs).
    Logits = NDArray[np.float32] | list[NDArray[np.float32]]
    #: What a loss wants of n texts: (n, ...); by token n times (T, ...).
    Targets = NDArray[np.generic] | list[NDArray[np.generic]]
    #: Answers every text of a list, in order: the cheap model of one head.
    Cheap = Callable[[Sequence[str]], "Sequence[Answer]"]

#: What an answer in JSON says besides its heads: no head may bear one of these names.
RESERVED = ("text", "abstained", "tier")
#: The target of a row, or a token, that has none; the loss leaves it out.
UNLABELLED = -100


class Answer(Protocol):
    """What one head says of one text.

    ``label`` is the answer as a cell of a table says it: equal answers have equal ones. ``probability`` is that of the
    whole answer being right. ``probabilities`` is an array of what it was decided by, of a shape that text and
    tokenizer decide: forms of one model are held against each other by it.
    """

    @property
    def label(self) -> str:
        """The answer as a cell of a table says it."""

    @property
    def probability(self) -> float:
        """How likely the whole answer is right."""

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """What the answer was decided by."""

    def to_json(self) -> Any:
        """Give the value under the head's name in the JSON contract of ``predict``."""


class Head(Protocol):
    """One question asked of every text; a frozen dataclass, entered under the kind ``head``, one file of this folder.

    Its fields besides ``name`` are what decoding needs (the labels), and are written into the bundle.
    ``fit(name, data)`` is its classmethod constructor, reading those fields off labelled data. A function entered
    under the kind ``baseline`` and the same name fits the cheap model that it is held against:
    ``(head, ground) -> Cheap``, see ``luodi.tasks.terms.Ground``.

    ``metrics`` names all that a report says of it and a budget may limit, ``main_metric`` the one that decides.
    ``takes`` is what its column holds, of ``luodi.data.kinds``. Where ``by_token``, its layer sits on every token, and
    the logits of n texts are a list of (T, n_outputs); elsewhere they are one array, (n, n_outputs). Where ``apart``,
    the two texts of a pair are read each on its own, and the logits are those of both, side by side: (n, 2 n_outputs).
    """

    main_metric: ClassVar[str]
    metrics: ClassVar[tuple[str, ...]]
    takes: ClassVar[str]
    by_token: ClassVar[bool]
    apart: ClassVar[bool]

    @property
    def name(self) -> str:
        """The label column that this head answers."""

    @property
    def n_outputs(self) -> int:
        """How many numbers the head's layer puts out for a text that is read, or for a token."""

    def targets(self, data: Dataset, pieces: Sequence[Pieces] = ()) -> Targets:
        """Turn the label column into what ``loss`` wants; -100 where a row, or a token, has nothing to be learned."""

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Give the mean loss, a scalar: logits (B, [T,] n_outputs), targets (B, [T,] ...)."""

    def decode(self, logits: Logits, pieces: Sequence[Pieces] = (), *, temperature: float = 1.0) -> Sequence[Answer]:
        """Turn the logits of n texts into n answers, with probabilities at a temperature."""

    def judge(
        self, gold: Sequence[str | None], said: Sequence[str], *, texts: Sequence[str] = (), sure: Sequence[float] = ()
    ) -> Judgement:
        """Hold the labels of n answers against n cells of the label column.

        What ranks rows asks besides for the n texts, and how probable each answer is said to be.
        """


def judged(head: Head, data: Dataset, answers: Sequence[Answer]) -> Judgement:
    """Hold n answers of a head against the n labels of ``data``."""
    said, sure = [one.label for one in answers], [one.probability for one in answers]
    return head.judge(data.labels[head.name], said, texts=data.texts, sure=sure)


def rate(head: Head, data: Dataset, answers: Sequence[Answer], *, intervals: bool = True) -> HeadReport:
    """Score n answers of a head against the n labels of ``data``; without ``intervals`` it is quick."""
    found = judged(head, data, answers)
    return found.report(np.array([answers[row].probability for row in found.rows]), intervals=intervals)


@dataclass(frozen=True)
class Task:
    """The heads that one model answers in one pass."""

    heads: tuple[Head, ...]

    def __post_init__(self) -> None:
        """Refuse heads that do not go together.

        Raises:
            ValueError: some read the texts of a pair together and some apart, or spans are looked for in a pair.
        """
        if len({head.apart for head in self.heads}) > 1 or (self.paired and self.by_token):
            raise ValueError(f"heads that read a row in different ways: {', '.join(one.name for one in self.heads)}")

    def __getitem__(self, name: str) -> Head:
        return next(head for head in self.heads if head.name == name)

    @property
    def by_token(self) -> frozenset[str]:
        """Give the places of the heads that answer for each token; with none, nobody asks where tokens stand."""
        return frozenset(str(place) for place, head in enumerate(self.heads) if head.by_token)

    @property
    def paired(self) -> bool:
        """Tell whether what is asked about is a pair of texts."""
        return any(head.takes == LIKENESS for head in self.heads)

    @property
    def n_reads(self) -> int:
        """Give how many times the network reads for one row: twice where the texts of a pair are read apart."""
        return 2 if any(head.apart for head in self.heads) else 1

    def reads(self, texts: Sequence[str], *, most: int | None = None) -> Sequence[Any]:
        """Turn n texts into what a tokenizer is asked about, ``n_reads`` for each: a text, or two read in one.

        Args:
            texts: the texts, or pairs.
            most: characters of each text that are read; all unless given.
        """
        if not self.paired:
            return [encodable(text[:most]) for text in texts]
        two = [tuple(encodable(half[:most]) for half in halves(text)) for text in texts]
        return [half for both in two for half in both] if self.n_reads == 2 else two

    def blank(self, n: int) -> list[Logits]:
        """Give a table for each head, to be filled with the logits of n texts."""
        return [
            [np.zeros((0, head.n_outputs), np.float32)] * n
            if head.by_token
            else np.zeros((n, self.n_reads * head.n_outputs), np.float32)
            for head in self.heads
        ]

    def decode(
        self, logits: Mapping[str, Logits], pieces: Sequence[Pieces], *, temperatures: Mapping[str, float] | None = None
    ) -> dict[str, Sequence[Answer]]:
        """Turn each head's logits of n texts into its n answers; temperatures are 1 where none are given."""
        known = temperatures or {}
        return {
            head.name: head.decode(logits[head.name], pieces, temperature=known.get(head.name, 1.0))
            for head in self.heads
        }

    def to_json(self) -> list[dict[str, Any]]:
        """Give the heads with all their fields, as the bundle's manifest keeps them."""
        return [{"use": kind_name(head), **asdict(head)} for head in self.heads]  # type: ignore[call-overload]

    @classmethod
    def from_json(cls, raw: Sequence[Mapping[str, Any]]) -> Task:
        """Read what ``to_json`` wrote."""
        return cls(tuple(_head(row) for row in raw))


def read_task(data: Dataset, kinds: Mapping[str, str] | None = None) -> Task:
    """Make the task that a set's label columns pose.

    Args:
        data: the labelled rows.
        kinds: head kind by label column (``{"intent": "classify"}``); where none is named, or ``auto``, what suits its
            cells.

    Raises:
        DataError: a column cannot be answered (one label only, cells that are no labels), or bears a name that stands
            for something else in an answer.
    """
    kinds = kinds or {}
    if taken := [name for name in data.labels if name in RESERVED]:
        raise DataError(
            t("a label column cannot be named {name!r}: that name means something else in an answer", name=taken[0]),
            found=", ".join(data.labels),
            fix=t("rename the column"),
        )
    named = {name: kind for name, kind in kinds.items() if kind != "auto"}
    chosen = {name: _kind(named.get(name) or suiting(data, name)) for name in data.labels}
    _require_one_way(chosen)
    return Task(tuple(kind.fit(name, data) for name, kind in chosen.items()))


def _require_one_way(chosen: Mapping[str, Any]) -> None:
    """Refuse heads that would have a row read in different ways.

    Raises:
        RecipeError: some read the texts of a pair together and some apart, or spans are looked for in a pair.
    """
    apart = [name for name, kind in chosen.items() if kind.apart]
    spans = [name for name, kind in chosen.items() if kind.by_token]
    paired = [name for name, kind in chosen.items() if kind.takes == LIKENESS]
    if apart and len(apart) < len(chosen):
        other = next(name for name in chosen if name not in apart)
        raise RecipeError(
            t("{apart!r} reads the two texts of a pair each on its own, {other!r} reads them together: one model "
              "cannot do both", apart=apart[0], other=other),
            fix=t("build a bundle for each of them"),
        )  # fmt: skip
    if paired and spans:
        raise RecipeError(
            t("{spans!r} looks for spans in one text, {paired!r} holds two against each other: one model cannot do "
              "both", spans=spans[0], paired=paired[0]),
            fix=t("build a bundle for each of them"),
        )  # fmt: skip


def suiting(data: Dataset, column: str) -> str:
    """Name the head that takes what a column holds."""
    return next(name for name, head in head_kinds().items() if head.takes == data.kind(column))


def holding(labels: Mapping[str, str]) -> dict[str, str | None]:
    """Turn the head of each label column into what its cells hold; None where they are to tell (``auto``)."""
    kinds = head_kinds()
    return {name: kinds[kind].takes if kind in kinds else None for name, kind in labels.items()}


def head_kinds() -> Mapping[str, Any]:
    """Give every kind of head by its name."""
    enter_all(__package__)
    return parts("head")


def kind_name(head: Head) -> str:
    """Give the name under which a head's kind is entered."""
    return next(name for name, part in head_kinds().items() if part is type(head))


def _kind(name: str) -> Any:
    enter_all(__package__)
    return find("head", name)


def _head(row: Mapping[str, Any]) -> Head:
    fields = {key: tuple(cell) if isinstance(cell, list) else cell for key, cell in row.items() if key != "use"}
    head: Head = _kind(row["use"])(**fields)
    return head
