"""How texts are put together and how many may wait; and what waits now."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from luodi import runtime
from luodi.bundle.forward import BATCH_TOKENS
from luodi.errors import RecipeError
from luodi.language import t


@dataclass(frozen=True)
class Plan:
    """How texts are put together, and how many may wait.

    Args:
        workers: batches computed at the same time.
        max_tokens: of one batch, padding included.
        max_wait_ms: so long a batch that is not full waits for more, while another one is computed; none waits where
            nothing is computed.
        queue_tokens: that may wait.
        queue_s: that a call may have to wait, by what was measured lately.
    """

    workers: int = field(default_factory=runtime.n_cores)
    max_tokens: int = BATCH_TOKENS
    max_wait_ms: float = 0.0
    queue_tokens: int = 65_536
    queue_s: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what no worker could follow.

        Raises:
            RecipeError: a number is out of its bounds.
        """
        bounds = {"workers": (1, 1024), "max_tokens": (1, inf), "max_wait_ms": (0, inf), "queue_tokens": (1, inf)}
        for name, (least, most) in {**bounds, "queue_s": (0, inf)}.items():
            value = getattr(self, name)
            if not (least <= value <= most and value < inf):
                raise RecipeError(t("{name} cannot be {value}", name=name, value=value))


@dataclass(frozen=True)
class Depth:
    """What waits, and how many workers compute."""

    n_texts: int
    n_tokens: int
    busy_workers: int
