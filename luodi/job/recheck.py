"""Checks a bundle again, on whatever machine it has come to: its files, its answers, its costs, its budget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi.budget import Breach, Parity, Quantity, Report
from luodi.bundle import open_predictor, parity, read_bundle
from luodi.bundle.rows import fitted
from luodi.data import Dataset
from luodi.errors import BundleError
from luodi.job.proof import read_proof
from luodi.language import t
from luodi.progress import Progress, Silent
from luodi.verify import measure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.tasks import Answer

#: The largest change of a probability that another processor's arithmetic explains.
EXPLAINED = 0.05


@dataclass(frozen=True)
class Rechecked:
    """What was found of a bundle here.

    Args:
        bundle: the folder.
        report: quality as measured here if rows were given, else as proved; costs as measured here.
        parity: the answers here beside those of the proof.
        breaches: limits that are not kept here.
    """

    bundle: Path
    report: Report
    parity: Parity
    breaches: tuple[Breach, ...]

    @property
    def same_answers(self) -> bool:
        """Tell whether the answers here are those of the proof."""
        return self.parity.max_abs_diff <= EXPLAINED and self.parity.label_flips <= 0.02 * self.parity.n

    def to_json(self) -> dict[str, Any]:
        """Give the object of ``luodi verify --json``."""
        return {
            "bundle": str(self.bundle),
            "files": "sound",
            "same_answers": self.same_answers,
            "parity": self.parity.to_json(),
            "report": self.report.to_json(),
            "breaches": [breach.to_json() for breach in self.breaches],
        }


def recheck(path: str | Path, *, data: Dataset | None = None, progress: Progress | None = None) -> Rechecked:
    """Read a bundle as a stranger's, ask it what it was asked when it was proved, and measure it here.

    Args:
        path: the bundle's folder.
        data: labelled rows to score it on; without them its quality is taken from the proof.
        progress: who is told.

    Raises:
        BundleError: a file was changed, is missing or unsafe, or there is no proof in it that can be read.
        DataError: a head of the bundle has no column of labels among the rows.
    """
    progress = progress or Silent()
    bundle = read_bundle(path)
    progress.note(t("files: {n}, every hash as written", n=len(bundle.manifest.files)))
    proof, heads = read_proof(bundle), [head.name for head in bundle.task.heads]
    if data is not None:
        data = fitted(data, heads=heads)
    threads, batch = proof.budget.threads, proof.budget.batch
    with open_predictor(bundle, threads=threads) as predictor:
        answers = predictor.predict(proof.texts)
        unlabelled = Dataset.of(proof.texts, {head: [None] * len(proof.texts) for head in heads})
        asked = data if data is not None else unlabelled
        measured = measure(predictor, asked, task=bundle.task, threads=threads, batch=batch, progress=progress)
    here = {head: [one.answers[head] for one in answers] for head in heads}
    _require_same_shapes(proof.answers, here, place=bundle.path)
    apart = parity(bundle.task, proof.answers, here, names=("proof", "here"))
    report = replace(
        proof.report,
        conditions=measured.conditions,
        heads=measured.heads if data is not None else proof.report.heads,
        costs={**measured.costs, "size_mib": Quantity(_size_mib(bundle.path))},
        parity=(*proof.report.parity, apart),
    )
    return Rechecked(Path(path), report, apart, tuple(proof.budget.check(report)))


def _size_mib(folder: Path) -> float:
    return sum(entry.stat().st_size for entry in folder.iterdir()) / 2**20


def _require_same_shapes(
    proof: Mapping[str, Sequence[Answer]], here: Mapping[str, Sequence[Answer]], *, place: Path
) -> None:
    """Refuse a proof whose answers are not of the shape of this bundle's.

    Raises:
        BundleError: they are not.
    """
    for head, column in here.items():
        for one, other in zip(proof[head], column, strict=True):
            if one.probabilities.shape != other.probabilities.shape:
                raise BundleError(
                    t("bundle: {place}: report.json cannot be trusted", place=place),
                    found=f"{head}: {one.probabilities.shape}, {other.probabilities.shape}",
                    fix=t("copy the bundle again from where it was built, or build it anew with this version"),
                )
