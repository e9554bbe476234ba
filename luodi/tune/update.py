"""What a training changed, without the model that it started from: a small file that makes the tuned one again."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi.disk import drafted
from luodi.errors import ModelError
from luodi.language import t
from luodi.models.stage import describe
from luodi.registry import find
from luodi.tune.digest import base_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from luodi.models.model import Model, Network
    from luodi.tasks import Task
    from luodi.tune.tuner import Tuner


@dataclass(frozen=True)
class Update:
    """The weights that learned, and what has to be known to put them on again.

    Args:
        about: ``tuner`` as a recipe holds it, ``base``: the digest of the model that it belongs on, ``task``,
            ``max_tokens``, ``dropout``.
        weights: by their names in the model that the tuner attaches to; the heads as they are in the end.
    """

    about: Mapping[str, Any]
    weights: Mapping[str, Tensor]

    @property
    def n_parameters(self) -> int:
        """Count the weights."""
        return sum(value.numel() for value in self.weights.values())


def update_of(base: Model, attached: Model, made: Model, *, tuner: Tuner) -> Update:
    """Take out what a training changed.

    Args:
        base: what it started from.
        attached: what its tuner attached, after the training.
        made: what was made of that.
        tuner: whose work it is.
    """
    learned = {name: value for name, value in attached.network.named_parameters() if value.requires_grad}
    heads = {f"heads.{name}": value for name, value in made.network.heads.named_parameters()}
    about = {
        "tuner": describe(tuner), "base": base_digest(base), "task": made.task.to_json(),
        "max_tokens": made.max_tokens, "dropout": made.network.dropout.p,
    }  # fmt: skip
    return Update(about, {name: value.detach().clone() for name, value in (learned | heads).items()})


def save_update(update: Update, path: str | Path) -> None:
    """Write an update into one safetensors file, whole or not at all.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    weights = {name: value.contiguous() for name, value in update.weights.items()}
    try:
        with drafted(Path(path)) as draft:
            save_file(weights, draft, metadata={"luodi": json.dumps(update.about, ensure_ascii=False)})
    except SafetensorError as failed:  # how safetensors reports a full disk
        raise OSError(str(failed)) from failed


def read_update(path: str | Path) -> Update:
    """Read what ``save_update`` wrote.

    Raises:
        ModelError: no update lies there, or it is damaged.
    """
    from safetensors import safe_open

    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads(file.metadata()["luodi"])
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
        if not {"tuner", "base", "task", "max_tokens", "dropout"} <= set(about):
            raise ValueError(", ".join(about))
    except Exception as failed:  # damage can lie anywhere, and the Rust library raises bare Exception
        raise ModelError(t("update: {path} holds no whole update", path=path), found=str(failed)[:200]) from failed
    return Update(about, weights)


def put_on(base: Model, update: Update) -> Model:
    """Make the tuned model again: the same answers, to the bit.

    Args:
        base: the model that the training started from; its heads do not matter. It stays as it was.
        update: what the training changed.

    Raises:
        ModelError: the update belongs on another model, or does not fit.
        MissingExtra: a package that its tuner needs is not installed.
    """
    from luodi.tasks import Task

    about = update.about
    if base_digest(base) != about["base"]:
        raise ModelError(
            t("update: it belongs on another model"),
            found=t("a model with the hash {found}, wanted {wanted}", found=base_digest(base)[:12],
                    wanted=str(about["base"])[:12]),
            fix=t("take the model that was tuned, after the stages before"),
        )  # fmt: skip
    try:
        row = dict(about["tuner"])
        tuner: Tuner = find("tuner", row.pop("use"))(**row)
        task = Task.from_json(about["task"])
        bare = replace(base, network=_with_heads(base, task), task=task, max_tokens=int(about["max_tokens"]))
        attached = tuner.attach(bare, seed=0)
        network = attached.model.network
        network.dropout.p = about["dropout"]
        learning = {name: value for name, value in network.named_parameters() if value.requires_grad}
        if learning.keys() != update.weights.keys():
            raise ValueError(", ".join(sorted(learning.keys() ^ update.weights.keys())[:3]))
        for name, value in learning.items():
            value.data.copy_(update.weights[name])
    except (KeyError, TypeError, ValueError, LookupError, RuntimeError) as failed:
        raise ModelError(t("update: it does not fit the model"), found=str(failed)[:200]) from failed
    made = attached.merge(attached.model)
    made.network.requires_grad_(True)
    return made.noted({"use": "update", "tuner": about["tuner"], "parameters": update.n_parameters})


def _with_heads(base: Model, task: Task) -> Network:
    """Give a copy of the network with a layer for each head of a task, their weights not yet set."""
    from torch import nn

    network = base.copy().network
    width = network.encoder.config.hidden_size
    network.heads = nn.ModuleDict(
        {str(i): nn.Linear(width, head.n_outputs, device="meta").to_empty(device="cpu")
         for i, head in enumerate(task.heads)}
    )  # fmt: skip
    network.by_token = task.by_token
    return network
