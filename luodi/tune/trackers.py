"""Experiment trackers by name, through accelerate; TensorBoard where none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.errors import LuodiError, MissingExtra, RecipeError
from luodi.language import t
from luodi.registry import did_you_mean
from luodi.runtime import has, need

if TYPE_CHECKING:
    from luodi.models.stage import Run

DEFAULT = "tensorboard"
#: Keeps no log.
NONE = "none"
#: Trackers whose module bears their name.
TRACKERS = (DEFAULT, "wandb", "mlflow", "swanlab", "trackio")


def make_accelerator(run: Run) -> Any:
    """Make the accelerator of a run: it knows the device, the processes and the tracker.

    Raises:
        RecipeError: no tracker has this name.
        MissingExtra: the tracker's package is not installed.
        LuodiError: the tracker would not start (no account, no network).
    """
    accelerate = need("accelerate", extra="train")
    name = _tracker(run)
    if run.folder is None or name == NONE:
        return accelerate.Accelerator()
    folder = run.folder / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        accelerator = accelerate.Accelerator(log_with=name, project_dir=str(folder))
        accelerator.init_trackers("luodi", config=dict(run.about))
    except Exception as failed:  # what a foreign service may raise is no closed list
        raise LuodiError(
            t("tracker: {name} would not start", name=name),
            found=f"{type(failed).__name__}: {failed}"[:300],
            fix=t("--tracker none, or set {name} up first", name=name),
        ) from failed
    return accelerator


def _tracker(run: Run) -> str:
    """Find which tracker to use; the default one only where it is installed."""
    name = run.tracker or (DEFAULT if has(DEFAULT) else NONE)
    if name not in (*TRACKERS, NONE):
        raise RecipeError(
            t("tracker: {name!r} is not known", name=name) + did_you_mean(name, (*TRACKERS, NONE)),
        )
    if name != NONE and not has(name):
        raise MissingExtra(
            t("this needs the package {module!r}, which is not installed", module=name), fix=f"pip install {name}"
        )
    return name
