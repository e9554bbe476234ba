"""Audits labelled rows: every check is asked, the findings come worst first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi.auditing.check import KIND
from luodi.auditing.evidence import Evidence
from luodi.auditing.finding import SEVERITIES, Finding, without_personal
from luodi.auditing.words import severity, verdict
from luodi.data import Dataset, read, read_parts
from luodi.errors import DataError
from luodi.language import t
from luodi.models import choose
from luodi.progress import Progress, Silent
from luodi.registry import parts as registered

if TYPE_CHECKING:
    from luodi.auditing.check import Check


@dataclass(frozen=True)
class Audited:
    """What an audit found.

    Args:
        data: the audited rows, part after part; findings name rows by their place here.
        parts: the rows of each part, in that order.
        findings: the worst first.
    """

    data: Dataset
    parts: Mapping[str, int]
    findings: tuple[Finding, ...]

    def has_errors(self) -> bool:
        """Tell whether an error-level finding stands."""
        return any(one.severity == "error" for one in self.findings)

    def __str__(self) -> str:
        """Say every finding, the worst first: what, what it does, what to do."""
        lines = [f"{severity(one.severity)}: {one.what}\n  {one.effect}\n  → {one.advice}" for one in self.findings]
        return "\n".join(lines) or verdict(0, 0, 0)[1]

    def to_json(self) -> dict[str, Any]:
        """Give the object of ``luodi audit --json``."""
        return {"n": len(self.data), "findings": [one.to_json(self.data) for one in self.findings]}


def audit(
    source: Dataset | Mapping[str, Dataset] | str | Path,
    *,
    deep: bool = False,
    model: str = "auto",
    seed: int = 7,
    progress: Progress | None = None,
    **reading: Any,
) -> Audited:
    """Find out what is wrong with labelled rows, in seconds without a model, or deeper with one.

    Args:
        source: rows in memory, by part where they are divided; or a file, or a folder of train, validation and test.
        deep: also ask a pretrained encoder, which takes minutes.
        model: that encoder: a name of the zoo, a hub id, a folder, or ``auto``.
        seed: of whatever is drawn.
        progress: who is told.
        reading: what ``luodi.read`` takes, where ``source`` is a path.

    Raises:
        DataError: the rows cannot be read, or there are no parts.
        MissingExtra: what a check needs is not installed.
    """
    progress = progress or Silent()
    whole = _parts(source, progress=progress, reading=reading)
    parts = {name: part.with_columns(part.sorting()) for name, part in whole.items()}
    encoder = None
    if deep:
        encoder = choose(parts.get("train", next(iter(parts.values())))).name if model == "auto" else model
    passed_over = {head: None for name, part in whole.items() for head in part.labels if head not in parts[name].labels}
    evidence = Evidence(parts, encoder=encoder, seed=seed, passed_over=tuple(passed_over), progress=progress)
    checks: Mapping[str, Check] = registered(KIND)
    findings: list[Finding] = []
    with progress.work(t("auditing"), total=len(checks), unit=t("checks")) as bar:
        for name, look in checks.items():
            findings += (without_personal(replace(one, check=name), evidence.data) for one in look(evidence))
            bar.advance()
    findings.sort(key=lambda one: (SEVERITIES.index(one.severity), -one.score))
    return Audited(evidence.data, {name: len(part) for name, part in parts.items()}, tuple(findings))


def _parts(
    source: Dataset | Mapping[str, Dataset] | str | Path, *, progress: Progress, reading: Mapping[str, Any]
) -> Mapping[str, Dataset]:
    if isinstance(source, Dataset):
        return {"train": source}
    if isinstance(source, Mapping):
        if not source:
            raise DataError(t("data: there is no part to audit"), fix='{"train": rows}')
        return source
    if Path(source).is_dir():
        return read_parts(source, progress=progress, keep_textless=True, **reading)
    return {"train": read(source, progress=progress, keep_textless=True, **reading)}
