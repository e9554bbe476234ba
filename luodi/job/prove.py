"""Proves a bundle: reads it back from disk in a process of its own, without torch, and measures it there."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from luodi.budget import Budget
from luodi.data import Dataset
from luodi.disk import write_whole
from luodi.errors import LuodiError
from luodi.job.proving import FULL
from luodi.language import chosen, t
from luodi.plain_json import write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.progress import Progress


def prove(
    bundle: Path,
    test: Dataset,
    *,
    probes: Sequence[str],
    budget: Budget | None = None,
    weigh: bool = True,
    work: Path,
    progress: Progress,
) -> dict[str, Any]:
    """Measure a bundle on the test rows in a fresh process.

    Args:
        bundle: the folder, sealed.
        test: the rows of the proof.
        probes: texts whose answers come back whole, to be held against other forms of the model.
        weigh: measure each tier of a cascade alone too.
        budget: names the threads and the batch under which times are taken; one of each without.
        work: a folder for what goes over to the process and comes back.
        progress: who is told.

    Returns:
        ``measured``: what ``verify.measure`` found; ``answers``: head -> a label for each test row; ``sure``: head ->
        how probable each is; ``abstained``: for each test row; ``probes``: head -> a ``Heard`` as JSON for each probe;
        ``tiers``: as ``weigh_tiers`` gives them; ``loaded``: forbidden packages found (none).

    Raises:
        LuodiError: the process died or loaded a forbidden package.
        OSError: the disk is full.
    """
    # a folder for this proof alone: the process of a build that was killed lives on for a moment
    with tempfile.TemporaryDirectory(prefix="proof-", dir=work, ignore_cleanup_errors=True) as folder:
        errand, result = Path(folder) / "errand.json", Path(folder) / "proof.json"
        write_whole(errand, write_json(_errand(bundle, test, probes, budget or Budget(), result) | {"weigh": weigh}))
        code, complaint = _measured(errand, progress=progress)
        if code == FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), folder)
        if not result.is_file():
            raise LuodiError(t("the bundle could not be measured in a process of its own"), found=complaint)
        proof: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    if "refused" in proof:
        raise LuodiError(**proof["refused"])
    if proof["loaded"]:
        raise LuodiError(t("the proof loaded packages that a service does not have"), found=", ".join(proof["loaded"]))
    return proof


def _measured(errand: Path, *, progress: Progress) -> tuple[int, str]:
    """Run the process to its end; give its exit code, and the last line of what it complained about, else the code."""
    command = [sys.executable, "-m", "luodi.job.proving", str(errand)]
    with (
        errand.with_name("proof.log").open("w+", encoding="utf-8") as log,  # a file: a full pipe would stop it
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, encoding="utf-8") as process,
    ):
        assert process.stdout is not None
        _retell(process.stdout, progress)
        process.wait()
        log.seek(0)
        complaint = log.read().strip()
    said = complaint.splitlines()[-1] if complaint else t("exit code {code}", code=process.returncode)
    return process.returncode, said


def _errand(bundle: Path, test: Dataset, probes: Sequence[str], budget: Budget, result: Path) -> dict[str, Any]:
    return {
        "bundle": str(bundle),
        "language": chosen(),
        "texts": list(test.texts),
        "labels": {head: list(column) for head, column in test.labels.items()},
        "probes": list(probes),
        "threads": budget.threads,
        "batch": budget.batch,
        "result": str(result),
    }


def _retell(lines: IO[str], progress: Progress) -> None:
    """Repeat what the process says of its progress."""
    with ExitStack() as stack:
        bar = None
        for line in lines:
            try:
                said = json.loads(line)
            except ValueError:  # some library talks on standard output
                continue
            if "note" in said:
                progress.note(said["note"])
            elif "title" in said:
                stack.pop_all().close()
                bar = stack.enter_context(progress.work(said["title"], total=said["total"], unit=said["unit"]))
            elif bar is not None:
                bar.advance(said["n"], **said["figures"])
