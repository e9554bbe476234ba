"""The folder where a build rests: what is finished there is not done again by the same command."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi import runtime
from luodi.errors import DataError, ModelError, RecipeError
from luodi.job.made import Made
from luodi.job.recipe import write_recipe
from luodi.language import t
from luodi.models import apply, describe, keep, read_kept
from luodi.models.stage import Run, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from luodi.data import Split
    from luodi.job.recipe import Recipe
    from luodi.models.model import Model
    from luodi.progress import Progress

_PREFIX = "build-"
_GRAVE = ".removed-"
#: Builds of other recipes that stay resumable beside this one; older ones go.
_N_OTHERS = 1


@dataclass(frozen=True)
class Workshop:
    """A folder of one recipe over the same rows and the same pretrained weights.

    Args:
        folder: where checkpoints, finished stages and logs lie; its name carries the recipe's key.
        progress: who is told.
        tracker: name of an experiment tracker.
        watch: is told of each stage's learning curve: its place among the stages, then as ``Run.watch``.
    """

    folder: Path
    progress: Progress
    tracker: str | None
    watch: Callable[[int, Sequence[Mapping[str, float]], int], None] | None = None

    def run(self, recipe: Recipe, model: Model, split: Split) -> Made:
        """Apply the stages in order, going on from the last one that was finished."""
        about = {"recipe": write_recipe(recipe), "rows": split.train.fingerprint()}
        made = Made([("pretrained", model)], behind=[])
        for place, stage in enumerate(recipe.stages):
            name = describe(stage)["use"]
            model = self._made(stage, model, split, place=place, about=about)
            made = made.learned(name, model) if stage.learns else made.reshaped(name, model)
        return made

    def _made(self, stage: Stage, model: Model, split: Split, *, place: int, about: Mapping[str, str]) -> Model:
        name = f"{place}-{describe(stage)['use']}"
        done = self.folder / f"stage-{name}"
        if done.is_dir():
            try:
                kept = read_kept(done)
            except ModelError as damaged:
                self.progress.note(t("{name}: what was finished before is damaged, doing it again", name=name))
                self.progress.note(str(damaged.found or damaged.what))
                remove(done)
            else:
                self.progress.note(t("{name}: finished before, taken from {folder}", name=name, folder=done))
                return kept
        watch = partial(self.watch, place) if self.watch else None
        barred = [*split.validation.texts, *split.test.texts]
        run = Run(self.folder / f"run-{name}", self.progress, self.tracker, watch, about, barred)
        made = apply(stage, model, split.train, validation=split.validation, run=run)
        if runtime.is_main_process():
            keep(made, done)
        return made

    def close(self) -> None:
        """Remove what only served to resume; logs of a tracker stay, and it is said where."""
        logs = sorted(self.folder.glob("run-*/logs/*"))
        for entry in self.folder.iterdir():
            if not (entry.name.startswith("run-") and (entry / "logs").is_dir()):
                remove(entry)
                continue
            for part in entry.iterdir():
                if part.name != "logs":
                    remove(part)
        if logs:
            self.progress.note(t("logs of the tuning: {folder}", folder=self.folder))
        else:
            with suppress(OSError):
                self.folder.rmdir()
                self.folder.parent.rmdir()


@contextmanager
def workshop(
    folder: Path, recipe: Recipe, split: Split, model: Model, *, progress: Progress, tracker: str | None
) -> Iterator[Workshop]:
    """Open the folder of a build, for one process (and those it trains with) at a time.

    Args:
        folder: beside the bundle-to-be; builds of several recipes may rest in it, each in a folder of its own.
        recipe: what is built.
        split: from which rows.
        model: from which pretrained weights.
        progress: who is told.
        tracker: name of an experiment tracker.

    Raises:
        RecipeError: another process is at work on the same build.
    """
    place = folder / f"{_PREFIX}{_key(recipe, split, model)}"
    others = [entry for entry in folder.glob(f"{_PREFIX}*") if entry != place]
    if others and not place.is_dir():
        progress.note(t("data, model or recipe changed since the last try: starting anew"))
    place.mkdir(parents=True, exist_ok=True)
    if not runtime.is_main_process():
        yield Workshop(place, progress, tracker)
        return
    for grave in folder.glob(f"{_GRAVE}*"):
        shutil.rmtree(grave, ignore_errors=True)
    for old in sorted(others, key=lambda entry: entry.stat().st_mtime)[:-_N_OTHERS]:
        remove(old)
    with _alone(place):
        yield Workshop(place, progress, tracker)


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Hold a lock on a folder; the system lets it go when the process dies, however it dies."""
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        os.close(handle)
        raise RecipeError(
            t("another process is building this bundle right now"),
            found=str(place),
            fix=t("wait for it, or name another bundle with -o"),
        ) from taken
    try:
        yield
    finally:
        os.close(handle)


def remove(entry: Path) -> None:
    """Remove a file or a folder that is ours; killed on the way, nothing half stays under its name."""
    grave = entry.with_name(f"{_GRAVE}{uuid.uuid4().hex[:8]}")
    entry.rename(grave)
    if grave.is_dir():
        shutil.rmtree(grave, ignore_errors=True)
    else:
        grave.unlink()


def _read_besides(part: Any) -> Iterator[str]:
    """Give the files of texts that a stage, or a part in it, reads besides the rows."""
    if path := getattr(part, "unlabelled", None):
        yield path
    for one in fields(part):
        if is_dataclass(value := getattr(part, one.name)):
            yield from _read_besides(value)


def _digest(path: str) -> str:
    """Hash a file that a stage reads besides the rows.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as failed:
        raise DataError(
            t("unlabelled: {path} cannot be read", path=path), found=failed.strerror or str(failed)
        ) from failed


def _key(recipe: Recipe, split: Split, model: Model) -> str:
    """Name a build by all that decides what its stages make."""
    wanted, texts = recipe.to_json(), [path for stage in recipe.stages for path in _read_besides(stage)]
    parts: dict[str, Any] = {
        "recipe": {key: wanted[key] for key in ("stages", "seed", *(("search",) if recipe.trials else ()))},
        "rows": [split.train.fingerprint(), split.validation.fingerprint()],
        "texts": [_digest(path) for path in texts] + [split.test.fingerprint() for _ in texts[:1]],
        "model": [model.provenance[0].get("sha256"), model.max_tokens, model.task.to_json()],
        "versions": runtime.versions("luodi", "torch", "transformers"),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]
