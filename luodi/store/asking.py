"""Finds answers again, one by one or counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, case, cast, func, or_, select

from luodi.store.answered import Kept
from luodi.store.rows import answer_of, correction_of, read_said
from luodi.store.spelling import BEFORE_LABEL, BETWEEN_HEADS, spell, spell_part
from luodi.store.tables import ANSWERS, FEEDBACK
from luodi.store.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection

    from luodi.store.wanted import Wanted

_CAPITALS, _SMALL = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_A = ANSWERS.c


def look(connection: Connection, wanted: Wanted) -> list[Kept]:
    """Give the answers that are wanted, the newest first, with what was said of them."""
    query = select(ANSWERS).where(*_conditions(connection, wanted)).order_by(_A.at.desc(), _A.id.desc())
    return _with_corrections(connection, connection.execute(query.limit(max(0, wanted.limit))).all())


def one(connection: Connection, name: str) -> Kept | None:
    """Give the answer of a name; None: there is none."""
    row = connection.execute(select(ANSWERS).where(_A.id == spell(name))).first()
    return None if row is None else _with_corrections(connection, [row])[0]


def _with_corrections(connection: Connection, rows: Sequence[Any]) -> list[Kept]:
    ids = [row.id for row in rows if row.corrected]
    said = defaultdict(list)
    for start in range(0, len(ids), 1000):
        asked = FEEDBACK.c.answer.in_(ids[start : start + 1000])
        for row in connection.execute(select(FEEDBACK).where(asked).order_by(FEEDBACK.c.at, FEEDBACK.c.n)):
            said[row.answer].append(correction_of(row))
    return [Kept(answer_of(row), tuple(said[row.id])) for row in rows]


def _conditions(connection: Connection, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.model is not None:
        yield _A.model == spell(wanted.model)
    if wanted.since is not None:
        yield _A.at >= wanted.since
    if wanted.until is not None:
        yield _A.at < wanted.until
    if wanted.contains is not None:
        yield _holds(connection, _small(connection, _A.text), spell(_in_small(wanted.contains)))
    if wanted.label is not None:
        yield _holds(connection, _A.said, f"{BEFORE_LABEL}{spell_part(wanted.label)}{BETWEEN_HEADS}")
    if wanted.below is not None:
        yield _A.probability < wanted.below
    if wanted.corrected is not None:
        yield _A.corrected == int(wanted.corrected)
    if wanted.before is not None:
        at, name = wanted.before
        yield or_(_A.at < at, and_(_A.at == at, _A.id < spell(name)))


def _holds(connection: Connection, column: Any, part: str) -> ColumnElement[bool]:
    place = func.instr if connection.dialect.name == "sqlite" else func.strpos
    return place(column, part) > 0


def _small(connection: Connection, column: Any) -> Any:
    """Write A to Z small, and nothing else: the databases do not agree on other letters."""
    return func.lower(column) if connection.dialect.name == "sqlite" else func.translate(column, _CAPITALS, _SMALL)


def _in_small(text: str) -> str:
    return text.translate(str.maketrans(_CAPITALS, _SMALL))


@dataclass
class _Sum:
    """A tally under way."""

    n: int = 0
    n_abstained: int = 0
    n_corrected: int = 0
    probability: float = 0.0
    seconds: float = 0.0
    labels: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    tiers: Counter[str] = field(default_factory=Counter)


def tallies(
    connection: Connection, *, since: float, until: float, every_s: float, model: str | None = None
) -> list[Tally]:
    """Count the answers of each stretch of ``every_s`` seconds; empty stretches are there too."""
    bucket = cast(func.floor((_A.at - since) / every_s), BigInteger).label("bucket")
    query = select(
        bucket, _A.said, _A.tier, func.count().label("n"), func.sum(_A.abstained).label("n_abstained"),
        func.sum(case((_A.corrected > 0, 1), else_=0)).label("n_corrected"),
        func.sum(_A.probability).label("probability"), func.sum(_A.seconds).label("seconds"),
    ).where(_A.at >= since, _A.at < until).group_by(bucket, _A.said, _A.tier)  # fmt: skip
    if model is not None:
        query = query.where(_A.model == spell(model))
    sums: defaultdict[int, _Sum] = defaultdict(_Sum)
    for row in connection.execute(query):
        _add(sums[row.bucket], row)
    n_buckets = max(0, -int(-(until - since) // every_s))
    return [_tally(since + k * every_s, sums.get(k)) for k in range(n_buckets)]


def _add(total: _Sum, row: Any) -> None:
    total.n += row.n
    total.n_abstained += row.n_abstained
    total.n_corrected += row.n_corrected
    total.probability += row.probability
    total.seconds += row.seconds
    total.tiers[row.tier] += row.n
    for head, label in read_said(row.said):
        total.labels[head][label] += row.n


def _tally(start: float, total: _Sum | None) -> Tally:
    if total is None:
        return Tally(start)
    labels = {head: dict(counts) for head, counts in total.labels.items()}
    return Tally(
        start, total.n, total.n_abstained, total.probability / total.n, total.seconds / total.n, labels,
        dict(total.tiers), total.n_corrected,
    )  # fmt: skip
