"""The folder where a build rests: what is finished there is not done again by the same command."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi.language import t
from luodi.models import apply, describe, keep, read_kept
from luodi.models.stage import Run, Stage

if TYPE_CHECKING:
    from luodi.data import Split
    from luodi.job.recipe import Recipe
    from luodi.models.model import Model
    from luodi.progress import Progress


@dataclass(frozen=True)
class Workshop:
    """A folder beside the bundle-to-be, bound to one recipe over the same rows.

    Args:
        folder: where checkpoints, finished stages and logs lie.
        progress: who is told.
        tracker: name of an experiment tracker.
    """

    folder: Path
    progress: Progress
    tracker: str | None

    def open(self, recipe: Recipe, split: Split) -> None:
        """Claim the folder for a recipe; what another recipe left there is removed."""
        key = _key(recipe, split)
        claim = self.folder / "claim.json"
        if claim.is_file() and claim.read_text(encoding="utf-8") != key:
            self.progress.note(t("data or recipe changed since the last try: starting anew"))
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        claim.write_text(key, encoding="utf-8")

    def run(self, recipe: Recipe, model: Model, split: Split) -> list[tuple[str, Model]]:
        """Apply the stages in order, going on from the last one that was finished.

        Returns:
            The last model that learned, and each one made from it since, with the names of their stages: from here
            on every form of the model has to give the same answers.
        """
        forms = [("pretrained", model)]
        for place, stage in enumerate(recipe.stages):
            name = describe(stage)["use"]
            model = self._made(stage, model, split, name=f"{place}-{name}")
            forms = [(name, model)] if stage.learns else [*forms, (name, model)]
        return forms

    def _made(self, stage: Stage, model: Model, split: Split, *, name: str) -> Model:
        done = self.folder / f"stage-{name}"
        if done.is_dir():
            self.progress.note(t("{name}: finished before, taken from {folder}", name=name, folder=done))
            return read_kept(done)
        run = Run(self.folder / f"run-{name}", self.progress, self.tracker)
        made = apply(stage, model, split.train, validation=split.validation, run=run)
        keep(made, done)
        return made

    def close(self) -> None:
        """Remove what only served to resume; logs of a tracker stay."""
        for entry in self.folder.iterdir():
            if entry.name.startswith("run-"):
                _drop_all_but_logs(entry)
            elif entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        if not any(self.folder.iterdir()):
            self.folder.rmdir()


def _drop_all_but_logs(run: Path) -> None:
    for entry in run.iterdir():
        if entry.is_dir() and entry.name.startswith(("checkpoint", ".")):
            shutil.rmtree(entry)
    if not any(run.iterdir()):
        run.rmdir()


def _key(recipe: Recipe, split: Split) -> str:
    parts: dict[str, Any] = {
        "recipe": {k: v for k, v in recipe.to_json().items() if k in ("model", "max_tokens", "stages", "seed", "data")},
        "rows": [split.train.fingerprint(), split.validation.fingerprint()],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
