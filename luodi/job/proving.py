"""The far side of a proof: a process of its own, without torch, that reads a bundle from disk and measures it.

It is given an errand (a file of JSON), tells its progress as lines of JSON, and leaves what it found in a file.
"""

from __future__ import annotations

import errno
import json
import sys
from pathlib import Path
from typing import Any

from luodi.data import Dataset
from luodi.disk import write_whole
from luodi.errors import LuodiError
from luodi.language import speak
from luodi.plain_json import write_json

#: What must not be loaded where a bundle is proved: it will not be there where the bundle serves.
FORBIDDEN = ("torch", "transformers", "accelerate", "onnx", "sklearn")


#: Exit code of a process that found no room for what it found.
FULL = 28


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
    """Do one errand and write what was found, or why it was refused, where the errand says."""
    errand = json.loads(Path(errand_path).read_text(encoding="utf-8"))
    try:
        proof = _prove(errand)
    except LuodiError as refused:
        proof = {"refused": {"what": refused.what, "found": refused.found, "fix": refused.fix}}
    try:
        write_whole(Path(errand["result"]), write_json(proof))
    except OSError as failed:
        sys.exit(FULL if failed.errno in (errno.ENOSPC, errno.EDQUOT) else str(failed))


def _prove(errand: dict[str, Any]) -> dict[str, Any]:
    from luodi.bundle import open_predictor, read_bundle
    from luodi.job.heard import Heard
    from luodi.job.tiers import weigh_tiers
    from luodi.verify import measure

    data = Dataset.of(errand["texts"], errand["labels"])
    with speak(errand["language"]):
        bundle = read_bundle(errand["bundle"])
        threads, batch = errand["threads"], errand["batch"]
        with open_predictor(bundle, threads=threads) as predictor:
            measured = measure(predictor, data, task=bundle.task, threads=threads, batch=batch, progress=_Teller())
            probed = [one.answers for one in predictor.predict(errand["probes"])]
            how = {"threads": threads, "batch": batch, "progress": _Teller()}
            tiers = weigh_tiers(predictor, measured.predictions, data, **how) if errand["weigh"] else []
    names = [head.name for head in bundle.task.heads]
    return {
        "measured": measured.to_json(),
        "abstained": [one.abstained for one in measured.predictions],
        "answers": {head: [one.answers[head].label for one in measured.predictions] for head in names},
        "sure": {head: [float(one.answers[head].probability) for one in measured.predictions] for head in names},
        "probes": {head: [Heard.of(answers[head]).to_json() for answers in probed] for head in names},
        "tiers": tiers,
        "loaded": [package for package in FORBIDDEN if package in sys.modules],
    }


if __name__ == "__main__":
    main(sys.argv[1])
