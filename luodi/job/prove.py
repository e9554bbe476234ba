"""Proves a bundle: reads it back from disk in a process of its own, without torch, and measures it there."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from luodi.data import Dataset
from luodi.errors import LuodiError
from luodi.language import chosen, speak, t
from luodi.plain_json import write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.progress import Progress

#: What must not be loaded where a bundle is proved: it will not be there where the bundle serves.
FORBIDDEN = ("torch", "transformers", "accelerate", "onnx", "sklearn")


def prove(bundle: Path, test: Dataset, *, probes: Sequence[str], work: Path, progress: Progress) -> dict[str, Any]:
    """Measure a bundle on the test rows in a fresh process.

    Args:
        bundle: the folder, sealed.
        test: the rows of the proof.
        probes: texts whose probabilities come back whole, to be held against other forms of the model.
        work: a folder for what goes over to the process and comes back.
        progress: who is told.

    Returns:
        ``measured``: what ``verify.measure`` found; ``answers``: head -> a label for each test row;
        ``probes``: head -> probabilities, a row for each probe; ``loaded``: forbidden packages found (none).

    Raises:
        LuodiError: the process died or loaded a forbidden package.
    """
    errand, result = work / "errand.json", work / "proof.json"
    errand.write_text(write_json(_errand(bundle, test, probes, result)), encoding="utf-8")
    result.unlink(missing_ok=True)
    command = [sys.executable, "-m", "luodi.job.prove", str(errand)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        _retell(process.stdout, progress)
        complaint = process.stderr.read()
    if process.returncode != 0 or not result.is_file():
        last = complaint.strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
        raise LuodiError(t("the bundle could not be measured in a process of its own"), found=last[0])
    proof: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    if proof["loaded"]:
        raise LuodiError(t("the proof loaded packages that a service does not have"), found=", ".join(proof["loaded"]))
    return proof


def _errand(bundle: Path, test: Dataset, probes: Sequence[str], result: Path) -> dict[str, Any]:
    return {
        "bundle": str(bundle),
        "language": chosen(),
        "texts": list(test.texts),
        "labels": {head: list(column) for head, column in test.labels.items()},
        "probes": list(probes),
        "result": str(result),
    }


def _retell(lines: IO[str], progress: Progress) -> None:
    """Repeat what the process says of its progress."""
    with ExitStack() as stack:
        bar = None
        for line in lines:
            said = json.loads(line)
            if "note" in said:
                progress.note(said["note"])
            elif "title" in said:
                stack.pop_all().close()
                bar = stack.enter_context(progress.work(said["title"], total=said["total"], unit=said["unit"]))
            elif bar is not None:
                bar.advance(said["n"], **said["figures"])


class _Teller:
    """Says progress as lines of JSON: both Progress and Bar on the far side."""

    def note(self, text: str) -> None:
        self._say(note=text)

    def work(self, title: str, *, total: int | None, unit: str) -> _Teller:
        self._say(title=title, total=total, unit=unit)
        return self

    def advance(self, n: int = 1, **figures: float | str) -> None:
        self._say(n=n, figures=figures)

    def __enter__(self) -> _Teller:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def _say(self, **said: Any) -> None:
        sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def main(errand_path: str) -> None:
    """Do one errand: the far side of ``prove``."""
    from luodi.bundle import open_predictor, read_bundle
    from luodi.verify import measure

    errand = json.loads(Path(errand_path).read_text(encoding="utf-8"))
    data = Dataset.of(errand["texts"], errand["labels"])
    with speak(errand["language"]):
        bundle = read_bundle(errand["bundle"])
        with open_predictor(bundle) as predictor:
            measured = measure(predictor, data, task=bundle.task, progress=_Teller())
            probed: list[Any] = [one.answers for one in predictor.predict(errand["probes"])]
    names = [head.name for head in bundle.task.heads]
    proof = {
        "measured": measured.to_json(),
        "answers": {head: [answer.answers[head].to_json() for answer in measured.predictions] for head in names},
        "probes": {head: [answers[head].probabilities.tolist() for answers in probed] for head in names},
        "loaded": [package for package in FORBIDDEN if package in sys.modules],
    }
    Path(errand["result"]).write_text(write_json(proof), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
