"""The remedies of an audit: which of the fixes that were proposed are done, at most one to a cell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from luodi.auditing.finding import Fix
from luodi.data.near import normal_form
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from luodi.auditing.audit import Audited

#: Proposed labels at least so sure are taken over, unless another sureness is asked for.
SURE_ENOUGH = 0.9
#: The check whose fixes take copies out of the rows to learn from.
_LEAKS = "leaks"


@dataclass(frozen=True)
class Remedies:
    """What is done to which row.

    Args:
        drops: rows that go, each with its fix; the row that ``kept`` names stays.
        labels: cells that get another label, by row and head; none of a row that goes.
    """

    drops: Mapping[int, Fix]
    labels: Mapping[tuple[int, str], Fix]


def remedies(audited: Audited, *, labels_above: float | None = None, without_leaks: bool = False) -> Remedies:
    """Choose among the fixes of all findings.

    Safe ones are done. Of the others only those that speak of a label, where they are sure enough: to give it another
    one, or to drop a row of which nobody can tell it; and, where they are asked for, those that drop a row which
    stands in a part that proves too. Of two fixes for one row a drop wins. A row that is kept in the
    place of a double is never dropped; where it is a double itself, the row that stays is the last of the chain. Of two
    labels for one cell the surer proposal wins; where a safe fix renames the label that was proposed, the new name is
    taken. A row of the first part that repeats another one once it has its new label goes as a double.

    Args:
        audited: the findings.
        labels_above: do fixes of labels whose sureness is at least this, 0 to 1; None: only the safe ones.
        without_leaks: drop the rows to learn from that stand, word for word or nearly, in validation or the test, and
            those of validation that stand in the test.
    """
    fixes = [
        fix
        for finding in audited.findings
        for fix in finding.fixes
        if fix.is_safe
        or (without_leaks and finding.check == _LEAKS)
        or (labels_above is not None and fix.sureness >= labels_above and _is_of_label(fix))
    ]
    drops = _drops(fix for fix in fixes if fix.action == "drop")
    cells = _labels(audited, [fix for fix in fixes if fix.action == "label"])
    labels = {cell: fix for cell, fix in cells.items() if cell[0] not in drops}
    repeats = _repeats(audited, drops, labels)
    for row, fix in drops.items():
        if fix.kept in repeats:
            drops[row] = replace(fix, kept=repeats[fix.kept].kept)
    drops = dict(sorted([*drops.items(), *repeats.items()]))
    return Remedies(drops, {cell: fix for cell, fix in labels.items() if cell[0] not in drops})


def _is_of_label(fix: Fix) -> bool:
    return fix.action == "label" or fix.head is not None


def _drops(fixes: Iterable[Fix]) -> dict[int, Fix]:
    """Give the rows that go; of several fixes for one the first that needs no other row, else the first."""
    alone: dict[int, Fix] = {}
    doubles: dict[int, Fix] = {}
    for fix in fixes:
        if fix.kept != fix.row:
            (alone if fix.kept is None else doubles).setdefault(fix.row, fix)
    for row in alone:
        doubles.pop(row, None)
    stays = {row: _last(row, doubles) for row in doubles}
    doubles = {row: replace(fix, kept=stays[row]) for row, fix in doubles.items() if stays[row] != row}
    kept = set(stays.values())
    return dict(sorted([*doubles.items(), *((row, fix) for row, fix in alone.items() if row not in kept)]))


def _last(row: int, doubles: Mapping[int, Fix]) -> int:
    """Follow a row to the one that stays in its place; of a ring the first row stays."""
    seen: dict[int, None] = {}
    while row in doubles and row not in seen:
        seen[row] = None
        row = doubles[row].kept or 0
    return min(list(seen)[list(seen).index(row) :]) if row in seen else row


def _labels(audited: Audited, fixes: list[Fix]) -> dict[tuple[int, str], Fix]:
    """Give the cells that get another label than they have, each with its last name."""
    only = next(iter(audited.data.labels), "")
    named = [fix if fix.head else replace(fix, head=only) for fix in fixes]
    new_name = _renaming(audited, [fix for fix in named if fix.is_safe])
    chosen: dict[tuple[int, str], Fix] = {}
    for fix in sorted(named, key=lambda fix: (fix.is_safe, -fix.sureness)):  # a proposal for a row before a renaming
        chosen.setdefault((fix.row, str(fix.head)), fix)
    found = {}
    for (row, head), fix in sorted(chosen.items()):
        label = new_name.get((head, fix.label), fix.label)
        if label is not None and label != audited.data.labels[head][row]:
            found[row, head] = replace(fix, label=label)
    return found


def _renaming(audited: Audited, fixes: list[Fix]) -> dict[tuple[str, str | None], str | None]:
    """Give the last name of every label that safe fixes rename throughout, by head and old name."""
    names: dict[tuple[str, str | None], set[str | None]] = {}
    for fix in fixes:
        head = str(fix.head)
        names.setdefault((head, audited.data.labels[head][fix.row]), set()).add(fix.label)
    single = {place: next(iter(new)) for place, new in names.items() if len(new) == 1}
    return {(head, old): list(_chain(head, old, single))[-1] for head, old in single}


def _chain(head: str, name: str | None, single: Mapping[tuple[str, str | None], str | None]) -> Iterator[str | None]:
    """Give a name and those that follow it, each once."""
    seen: set[str | None] = set()
    while name not in seen:
        seen.add(name)
        yield name
        name = single.get((head, name), name)


def _repeats(audited: Audited, drops: Mapping[int, Fix], labels: Mapping[tuple[int, str], Fix]) -> dict[int, Fix]:
    """Find rows of the first part that have the text and all labels of another one, now that theirs are others."""
    data, n = audited.data, next(iter(audited.parts.values()))
    changed = {row for row, _ in labels if row < n}
    wanted = {form for row in changed if (form := normal_form(data.texts[row]))}
    why = t("with its new label it repeats another row")
    found: dict[int, Fix] = {}
    first: dict[tuple[str | None, ...], int] = {}
    for row in sorted(range(n) if wanted else (), key=changed.__contains__):  # rows that stay as they are come first
        if row in drops or (form := normal_form(data.texts[row])) not in wanted:
            continue
        cells = (
            labels[row, head].label if (row, head) in labels else column[row] for head, column in data.labels.items()
        )
        kept = first.setdefault((form, *cells), row)
        if kept != row and row in changed:
            found[row] = Fix(row, "drop", why, kept=kept, is_safe=True)
    return found
