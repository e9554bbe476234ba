"""The lower part of a network that no training changes, computed once for each text and read again in each pass.

Covers encoders whose lowest layers are frozen, and wholly frozen ones. Frozen parts have no dropout: what they make of
a text is always the same. Several processes keep a copy each.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi import runtime
from luodi.data.batches import token_batches
from luodi.language import t
from luodi.models.layers import layers_of
from luodi.tune.shelf import shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from torch import Tensor, nn

    from luodi.models.model import Model, Network
    from luodi.models.stage import Run
    from luodi.tune.plan import Answer
    from luodi.tune.tokens import Tokens

_BATCH_TOKENS = 8192


def ask(network: nn.Module, rows: NDArray[np.int64], ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
    """Ask the whole network about a batch: ids and mask (B, T) -> for each head logits (B, n_outputs)."""
    answers: dict[str, Tensor] = network(ids, mask)
    return answers


@contextmanager
def reused(model: Model, *sets: Tokens, most_mib: int, run: Run) -> Iterator[list[Answer]]:
    """Give for each set of texts the way to ask the network about them; the frozen part is asked once.

    Where nothing is frozen from below, the whole network is asked. What is kept lies in files without a name, which
    vanish with the process; where they would be too large, or the disk is full, the frozen part is asked every time.

    Args:
        model: its network's ``requires_grad`` marks what learns.
        sets: the texts of the training and of the validation.
        most_mib: most that may be kept for all sets together.
        run: whose folder takes the files, and who is told.
    """
    border = _find_border(model.network)
    if border is None:
        yield [ask for _ in sets]
        return
    width = int(model.network.encoder.config.hidden_size)
    starts = [tokens.starts if border.is_by_token else np.arange(len(tokens.starts)) for tokens in sets]
    mib = sum(int(one[-1]) for one in starts) * width * 4 / 2**20
    with border.in_place():
        if mib > most_mib:
            run.progress.note(
                t("frozen layers are computed anew each time: {mib:,.0f} MiB would be kept, cache_mib allows {most:,}",
                  mib=mib, most=most_mib)
            )  # fmt: skip
            yield [border.ask for _ in sets]
            return
        try:
            kept = [_Kept(border, places, width) for places in starts]
            for one, tokens in zip(kept, sets, strict=True):
                one.fill(model, tokens, run)
        except OSError as failed:
            run.progress.note(t("frozen layers are computed anew each time ({why})", why=failed))
            yield [border.ask for _ in sets]
        else:
            yield [one.ask for one in kept]


@dataclass
class _Border:
    """Where the frozen part of a network ends.

    Args:
        network: the whole of it.
        frozen: the layers below the border; none where the whole encoder is frozen.
        learning: the layers above it.
        fed: what stands for the frozen part's answer now: (B, T, H), or pooled (B, H); None computes it.
        seen: what the frozen part answered last.
    """

    network: Network
    frozen: list[Any]
    learning: list[Any]
    fed: Tensor | None = None
    seen: Tensor | None = None

    @property
    def is_by_token(self) -> bool:
        """Tell whether a value is kept for each token, not for each text."""
        return bool(self.frozen or self.network.by_token)

    def ask(self, network: nn.Module, rows: NDArray[np.int64], ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Ask the network with its frozen part at rest: without dropout."""
        self.network.encoder.eval()
        for layer in self.learning:
            layer.train(network.training)
        return ask(network, rows, ids, mask)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Make the frozen part answer what it is fed, or note what it answered."""
        whole = (self.network, "states" if self.is_by_token else "pool")
        places = [(layer, "forward") for layer in self.frozen] or [whole]
        for number, (module, name) in enumerate(places):
            setattr(module, name, self._standing_in(getattr(module, name), is_last=number == len(places) - 1))
        try:
            yield
        finally:
            for module, name in places:
                delattr(module, name)

    def _standing_in(self, compute: Callable[..., Any], *, is_last: bool) -> Callable[..., Any]:
        n_more: int | None = None  # an architecture's layers answer with the states alone, or with more beside them

        def answer(given: Tensor, *rest: Any, **named: Any) -> Any:
            nonlocal n_more
            if self.fed is None:
                made = compute(given, *rest, **named)
                states, n_more = (made[0], len(made) - 1) if isinstance(made, tuple) else (made, None)
                self.seen = states if is_last else None
                return made
            passed = self.fed if is_last else given
            return passed if n_more is None else (passed, *[None] * n_more)

        return answer


class _Kept:
    """What the frozen part made of the texts of a set, in a file: float32, one row a token or a text."""

    def __init__(self, border: _Border, starts: NDArray[np.int64], width: int) -> None:
        self.border, self.starts, self.width = border, starts, width
        self.values: NDArray[np.float32] = np.zeros((0, width), np.float32)

    def fill(self, model: Model, tokens: Tokens, run: Run) -> None:
        """Ask the frozen part about every text, in an order that the texts alone decide.

        Raises:
            OSError: the disk is full or broken.
        """
        with shelf(int(self.starts[-1]), self.width, folder=run.folder) as kept:
            for row, made in self._made(model, tokens, run):
                kept.put(int(self.starts[row]), made)
            self.values = kept.values()

    def _made(self, model: Model, tokens: Tokens, run: Run) -> Iterator[tuple[np.int64, NDArray[np.float32]]]:
        """Give what the frozen part makes of each text: its place, (n_tokens, H) or (H,)."""
        import torch

        device = runtime.torch_device()
        model.network.to(device).eval()
        with torch.no_grad(), run.progress.work(t("frozen layers"), total=len(tokens.lengths), unit=t("texts")) as bar:
            for rows in token_batches(tokens.lengths, max_tokens=_BATCH_TOKENS):
                ids, mask = tokens.batch(rows, pad_id=model.pad_id)
                ask(model.network, rows, ids.to(device), mask.to(device))
                assert self.border.seen is not None  # the network was asked just now
                seen = self.border.seen.float().cpu().numpy()
                for place, row in enumerate(rows):
                    n = int(self.starts[row + 1] - self.starts[row])
                    yield row, seen[place, :n] if self.border.is_by_token else seen[place]
                bar.advance(len(rows))
        self.border.seen = None

    def ask(self, network: nn.Module, rows: NDArray[np.int64], ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Ask what learns, fed with what the frozen part made of these texts."""
        import torch

        if self.border.is_by_token:
            fed = np.zeros((*ids.shape, self.width), np.float32)  # (B, T, H)
            for place, row in enumerate(rows):
                start, end = self.starts[row : row + 2]
                fed[place, : end - start] = self.values[start:end]
        else:
            fed = self.values[rows]  # (B, H)
        self.border.fed = torch.from_numpy(np.ascontiguousarray(fed)).to(ids.device)
        try:
            return self.border.ask(network, rows, ids, mask)
        finally:
            self.border.fed = None


def _find_border(network: Network) -> _Border | None:
    """Find how much of a network is frozen from below; None where it is less than one layer."""
    learning = [name for name, weight in network.encoder.named_parameters() if weight.requires_grad]
    if not learning:
        return _Border(network, [], [])
    layers = layers_of(network.encoder)
    owners = [next((one for one in layers if name.startswith(f"{one}.")), None) for name in learning]
    places = [list(layers).index(one) for one in owners if one is not None]
    lowest = min(places, default=0)
    if len(places) < len(owners) or lowest == 0:
        return None
    return _Border(network, list(layers.values())[:lowest], list(layers.values())[lowest:])
