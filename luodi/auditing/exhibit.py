"""The exhibit of an audit: the rows that its findings name, cut down to what a page can hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.auditing.finding import shown_text
from luodi.language import t
from luodi.report.wording import plain, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from luodi.auditing.audit import Audited
    from luodi.auditing.finding import Finding, Suspect
    from luodi.data import Dataset

#: Rows of one finding that a page holds; how many there are is said beside them.
MOST_ROWS = 2000
#: Characters of all texts of a page together, and the bounds of what one text gets of them.
_ALL_SIGNS, _LEAST_SIGNS, _MOST_SIGNS = 4_000_000, 120, 500
#: Facts that are shares.
_SHARES = ("probability", "sureness", "share")


def exhibit(audited: Audited) -> dict[str, Any]:
    """Gather the rows that findings name, each text once.

    Returns:
        ``heads``, the names of the label columns; ``rows``, each an origin, a text (its beginning, or what surrounds
        the signs that were found) and a label for each head; ``findings``, each with the ``keys`` of its facts, its
        ``total`` of rows, and ``rows``: for each the place in ``rows``, then a cell for each key: a text, or a list
        of the text that is shown, the number to sort by (or null), and, of a twin, its text.
    """
    data = audited.data
    shown = [finding.suspects[:MOST_ROWS] for finding in audited.findings]
    twins = _twins(data, (one for suspects in shown for one in suspects))
    signs = min(_MOST_SIGNS, max(_LEAST_SIGNS, _ALL_SIGNS // max(1, sum(map(len, shown)))))
    rows: dict[tuple[Any, ...], int] = {}
    findings = []
    for finding, suspects in zip(audited.findings, shown, strict=True):
        keys = list(dict.fromkeys(key for one in suspects for key in one.facts))
        lines: list[list[Any]] = []
        for one in suspects:
            text = shown_text(data, one.row)
            labels = tuple(column[one.row] for column in data.labels.values())
            row = (data.origin(one.row), excerpt(text, one.facts.get("found"), signs=signs), labels)
            lines.append([rows.setdefault(row, len(rows)), *(_cell(key, one.facts.get(key)) for key in keys)])
            if "twin" in one.facts and (beside := twins.get(str(one.facts["twin"]))) and beside != text:
                lines[-1][1 + keys.index("twin")] = [one.facts["twin"], None, excerpt(beside, signs=signs)]
        findings.append({"keys": keys, "total": total_of(finding), "rows": lines})
    held: dict[str, Any] = visible({"heads": list(data.labels), "rows": list(rows), "findings": findings})
    return held


def total_of(finding: Finding) -> int:
    """Count the rows to look at, those too that a finding does not list; none where it is about the set as a whole."""
    return max(finding.count, len(finding.suspects)) if finding.suspects else 0


def excerpt(text: str, found: object = None, *, signs: int) -> str:
    """Give the beginning of a text, or of a longer one what surrounds the signs that were found in it.

    >>> excerpt("0123456789", signs=4), excerpt("0123456789", "7", signs=4)
    ('0123…', '…6789')
    """
    if len(text) <= signs:
        return text
    at = text.find(found) if isinstance(found, str) and found else -1
    start = 0 if at < signs // 2 else min(at - signs // 4, len(text) - signs)
    return ("…" if start else "") + text[start : start + signs] + ("…" if start + signs < len(text) else "")


def fact(key: str) -> str:
    """Name a fact of a row, as the head of its column."""
    known = {
        "twin": t("other row"),
        "proposed": t("proposed label"),
        "found": t("found"),
        "probability": t("probability"),
        "written": t("written as"),
        "read": t("read as"),
        "characters": t("characters"),
    }
    return known.get(key, key.replace("_", " "))


def as_script(held: Mapping[str, Any]) -> str:
    """Write plain values as JSON that can stand in a page: no sign in it begins or ends markup."""
    raw = json.dumps(held, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        raw = raw.replace(sign, f"\\u{ord(sign):04x}")
    return raw


def _cell(key: str, value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "✓" if value else "–"
    if isinstance(value, int | float):
        number = float(value)
        if not np.isfinite(number):
            return ""
        return [
            _share(number) if key in _SHARES else f"{value:,}" if isinstance(value, int) else plain(number),
            number,
        ]
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _share(number: float) -> str:
    """Write a probability; one that is not certain does not look so.

    >>> _share(0.9991), _share(0.913), _share(1.0)
    ('> 99%', '91%', '100%')
    """
    return "> 99%" if 0.99 < number < 1 else f"{number:.0%}"


def _twins(data: Dataset, suspects: Iterable[Suspect]) -> dict[str, str]:
    """Find the texts of rows that are named by their origins; an origin that two rows share tells neither."""
    wanted = {value for one in suspects if isinstance(value := one.facts.get("twin"), str)}
    lines = [int(line) for origin in wanted if (line := origin.rpartition(":")[2]).isdecimal()]
    found: dict[str, Sequence[str]] = {}
    for row in np.flatnonzero(np.isin(data.line_of, lines)).tolist():
        if (origin := data.origin(row)) in wanted:
            found[origin] = (*found.get(origin, ()), shown_text(data, row))
    return {origin: texts[0] for origin, texts in found.items() if len(texts) == 1}
