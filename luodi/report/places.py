"""Shows at which place the first fitting candidate of a question stands, and how well it is found among all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.language import t
from luodi.tasks.names import metric_name

if TYPE_CHECKING:
    from collections.abc import Mapping


def places(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give the view of a head's ranking: a row for each place, and a sentence on the pool; None where none is known.

    Args:
        found: what the evidence says of the head.
    """
    ranking = found.get("ranking", {})
    counts: Mapping[str, int] = ranking.get("places", {})
    total = sum(counts.values())
    rows = [{"place": place, "n": n, "share": 100 * n / total} for place, n in counts.items()] if total else []
    said = _pool(ranking.get("pool", {}))
    return {"rows": rows, "pool": said} if rows or said else None


def _pool(pool: Mapping[str, float]) -> str:
    scores = {name: value for name, value in pool.items() if name not in ("questions", "candidates")}
    if not scores:
        return ""
    listed = ", ".join(f"{metric_name(name)} {100 * value:.1f} %" for name, value in scores.items())
    return t("{questions:,} questions, each held against all {candidates:,} candidates by their vectors: {scores}.",
             questions=int(pool["questions"]), candidates=int(pool["candidates"]), scores=listed)  # fmt: skip
