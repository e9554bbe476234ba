"""Experiment trackers by name, through accelerate; TensorBoard where none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.errors import RecipeError
from luodi.language import t
from luodi.registry import did_you_mean
from luodi.runtime import need

if TYPE_CHECKING:
    from luodi.models.stage import Run

DEFAULT = "tensorboard"
#: Tracker -> the module that it needs.
TRACKERS = {
    "tensorboard": "tensorboard",
    "wandb": "wandb",
    "mlflow": "mlflow",
    "swanlab": "swanlab",
    "trackio": "trackio",
}


def make_accelerator(run: Run) -> Any:
    """Make the accelerator of a run: it knows the device, the processes and the tracker.

    Raises:
        RecipeError: no tracker has this name.
        MissingExtra: the tracker's package is not installed.
    """
    accelerate = need("accelerate", extra="train")
    if run.folder is None:
        return accelerate.Accelerator()
    name = run.tracker or DEFAULT
    if name == "none":
        return accelerate.Accelerator()
    if name not in TRACKERS:
        raise RecipeError(t("tracker: {name!r} is not known", name=name) + did_you_mean(name, tuple(TRACKERS)))
    need(TRACKERS[name], extra="train" if name == DEFAULT else name)
    folder = run.folder / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    accelerator = accelerate.Accelerator(log_with=name, project_dir=str(folder))
    accelerator.init_trackers("luodi")
    return accelerator
