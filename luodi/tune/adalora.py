"""Low-rank updates learn, and share out a bounded sum of ranks among the layers by what each is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from luodi.errors import RecipeError
from luodi.language import t
from luodi.registry import register
from luodi.runtime import need
from luodi.tune.attached import Attached
from luodi.tune.bounds import refuse_wrong
from luodi.tune.low_rank import fold, inject, linear_sites

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from luodi.models.model import Model

#: The name under which peft keeps an update, and the three parts of one: W' = W + scale * B @ diag(E) @ A.
_NAME = "default"
_PARTS = ("lora_A", "lora_E", "lora_B")
#: What peft's allocator remembers of each weight -> the buffer that holds it, so that checkpoints do.
_MEMORY = {"exp_avg_ipt": "importance", "exp_avg_unc": "uncertainty"}


@register("tuner", "adalora")
@dataclass(frozen=True)
class AdaLora:
    """Lets low-rank updates learn whose ranks go where they are worth most; they are folded into the weights.

    Every update starts with ``start_rank``; between ``warmup`` and ``settle`` the least important directions are
    taken away until ``rank`` are left on average.

    Source: Zhang et al. 2023, arXiv:2303.10512, through peft.

    Args:
        rank: of an update in the end, on average.
        start_rank: of each update at first; more than ``rank``.
        alpha: strength; the update counts alpha / start_rank times.
        update_dropout: share of an update's input dropped while training.
        warmup: share of the steps before ranks are taken away.
        settle: share of the steps after, in which ranks stay.
        every: so many steps lie between two times of taking away.
        orthogonality: weight of the penalty that keeps the directions of an update apart.
        layers: only the upper so many layers get updates, the lower ones are computed once; ``all`` gives every one.
    """

    learning_rate: ClassVar[float] = 2e-3
    head_learning_rate: ClassVar[float] = 1e-2

    rank: int = 8
    start_rank: int = 12
    alpha: float = 32.0
    update_dropout: float = 0.0
    warmup: float = 0.1
    settle: float = 0.4
    every: int = 5
    orthogonality: float = 0.1
    layers: int | Literal["all"] = "all"

    def __post_init__(self) -> None:
        """Refuse numbers that no training can use.

        Raises:
            RecipeError: with all of them in one sentence.
        """
        kinds = {
            "rank": "count", "start_rank": "count", "alpha": "above zero", "update_dropout": "share", "warmup": "share",
            "settle": "share", "every": "count", "orthogonality": "from zero", "layers": "count",
        }  # fmt: skip
        refuse_wrong(self, "adalora", kinds)
        if self.start_rank <= self.rank:
            raise RecipeError(t("adalora: start_rank {start} is not above rank {rank}: nothing could be shared out",
                                start=self.start_rank, rank=self.rank))  # fmt: skip
        if self.warmup + self.settle >= 1:
            raise RecipeError(t("adalora: warmup and settle leave no steps between them"))

    def attach(self, model: Model, *, seed: int) -> Attached:
        """Put an update beside each linear layer, which starts at zero, and room for what it turns out to be worth.

        Raises:
            MissingExtra: peft is not installed.
            ModelError: the layers of this kind of encoder cannot be told apart.
        """
        sites = linear_sites(model.network.encoder, self.layers)
        attached = inject(model, self._config(n_steps=1, target_modules=sites), seed=seed)
        for _, layer in _updates(attached):
            for part in _PARTS:
                weight = getattr(layer, part)[_NAME].detach()
                for buffer in _MEMORY.values():
                    layer.register_buffer(f"{buffer}_{part}", weight.new_zeros(weight.shape))
            layer.register_buffer("kept", (layer.lora_E[_NAME] == 0).detach())  # all: E starts at zero
        return Attached(attached, penalty=self._pull_apart, step=self._share_out, merge=fold)

    def _pull_apart(self, model: Model) -> Tensor:
        """Pull each update's directions to be orthonormal: weight * mean over A and B of |P P' - I|."""
        import torch

        apart = []
        for _, layer in _updates(model):
            a, b = layer.lora_A[_NAME], layer.lora_B[_NAME]
            for square in (a @ a.T, b.T @ b):
                apart.append(torch.linalg.norm(square - torch.eye(len(square), device=square.device)))
        return self.orthogonality * torch.stack(apart).mean()

    def _share_out(self, model: Model, *, n_done: int, n_steps: int) -> None:
        """Weigh what each direction is worth, and take the least away.

        Everything remembered stands in buffers, so that peft's allocator is made anew each time.
        """
        last_share = n_steps - int(self.settle * n_steps)
        if last_share <= 1:  # too few steps to weigh anything
            return
        updates = dict(_updates(model))
        if n_done <= last_share:
            pattern = self._allocate(model, updates, n_done=n_done, n_steps=n_steps, is_last=n_done == last_share)
            for name, kept in (pattern or {}).items():
                layer = updates[name.removesuffix(f".lora_E.{_NAME}")]
                layer.kept.copy_(layer.kept.new_tensor(kept).view(-1, 1))
        else:
            for layer in updates.values():
                layer.lora_E[_NAME].detach().masked_fill_(~layer.kept, 0.0)

    def _allocate(
        self, model: Model, updates: dict[str, Any], *, n_done: int, n_steps: int, is_last: bool
    ) -> dict[str, list[bool]] | None:
        """Run peft's allocator on what the buffers remember; gives which directions stay, where some were taken."""
        layers = need("peft.tuners.adalora.layer", extra="train")
        encoder = model.network.encoder
        allocator = layers.RankAllocator(encoder, self._config(n_steps=n_steps), _NAME)
        places = [(f"{name}.{part}.{_NAME}", layer, part) for name, layer in updates.items() for part in _PARTS]
        for name, layer, part in places:
            allocator.ipt[name] = layer.lora_E[_NAME].new_zeros(0)  # computed anew before it is read
            for memory, buffer in _MEMORY.items():
                getattr(allocator, memory)[name] = getattr(layer, f"{buffer}_{part}")
        pattern: dict[str, list[bool]] | None
        _, pattern = allocator.update_and_allocate(encoder, n_done, force_mask=is_last)
        for name, layer, part in places:
            for memory, buffer in _MEMORY.items():
                getattr(layer, f"{buffer}_{part}").copy_(getattr(allocator, memory)[name])
        return pattern

    def _config(self, *, n_steps: int, **more: Any) -> Any:
        return need("peft", extra="train").AdaLoraConfig(
            init_r=self.start_rank, target_r=self.rank, lora_alpha=self.alpha, lora_dropout=self.update_dropout,
            tinit=int(self.warmup * n_steps), tfinal=int(self.settle * n_steps), deltaT=self.every,
            total_step=n_steps, orth_reg_weight=self.orthogonality, **more,
        )  # fmt: skip


def _updates(model: Model) -> Iterator[tuple[str, Any]]:
    """Give each layer that carries an update, by its name in the encoder."""
    layer_type = need("peft.tuners.adalora.layer", extra="train").AdaLoraLayer
    for name, layer in model.network.encoder.named_modules():
        if isinstance(layer, layer_type):
            yield name, layer
