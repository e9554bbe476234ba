"""Decides when a training writes a checkpoint, and what it does when that fails."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from luodi.language import t
from luodi.tune.checkpoint import newest, save

if TYPE_CHECKING:
    from luodi.models.stage import Run
    from luodi.tune.checkpoint import Snapshot

#: A checkpoint is written when this many seconds of work would be lost, and after each evaluation ...
SAVE_EVERY_S = 30.0
#: ... unless writing takes more than this share of the time.
SAVE_SHARE = 0.05


class Rest:
    """Where a training rests; a run without a folder does not.

    Args:
        run: whose folder takes the checkpoints, and who is told.
        fingerprint: of the training.
    """

    def __init__(self, run: Run, *, fingerprint: str) -> None:
        self._folder = run.folder / "checkpoints" if run.folder else None
        self._fingerprint, self._progress = fingerprint, run.progress
        self._saved_at, self._cost_s = time.monotonic(), 0.0

    def find(self) -> Snapshot | None:
        """Give the newest checkpoint that this training can go on from."""
        if self._folder is None:
            return None
        return newest(self._folder, fingerprint=self._fingerprint, note=self._progress.note)

    def is_due(self, *, is_evaluated: bool) -> bool:
        """Tell whether to write one now; when it is written changes nothing in the result."""
        waited = time.monotonic() - self._saved_at
        return waited >= max(0.0 if is_evaluated else SAVE_EVERY_S, self._cost_s / SAVE_SHARE)

    def write(self, snapshot: Snapshot) -> None:
        """Write a checkpoint; on a full disk say so and go on, the earlier ones are as they were."""
        if self._folder is None:
            return
        started = time.monotonic()
        try:
            save(snapshot, self._folder, fingerprint=self._fingerprint)
        except OSError as failed:
            self._progress.note(t("no checkpoint could be written ({why}); tuning goes on", why=failed))
        self._saved_at = time.monotonic()
        self._cost_s = self._saved_at - started
