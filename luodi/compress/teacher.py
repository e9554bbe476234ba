"""What a teacher says of texts: asked once, kept on disk, read by the batch."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi import runtime
from luodi.data.batches import token_batches
from luodi.language import t
from luodi.models.layers import layers_of
from luodi.tune.shelf import shelf

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from luodi.models.model import Model
    from luodi.models.stage import Run
    from luodi.tune.tokens import Tokens

_BATCH_TOKENS = 8192


@dataclass(frozen=True)
class Said:
    """What a teacher said of n texts.

    Args:
        logits: for each head (n, n_outputs), or, of a head by token, (sum of lengths, n_outputs).
        starts: where each text's tokens begin, and the end of the last, (n + 1,).
        by_token: for each head whether it has a row for each token.
        vectors: what each layer that was looked at made of each text, pooled, (n, L * H); None: none was.
    """

    logits: Sequence[NDArray[np.float32]]
    starts: NDArray[np.int64]
    by_token: Sequence[bool]
    vectors: NDArray[np.float32] | None = None

    def of(self, head: int, rows: NDArray[np.int64]) -> Tensor:
        """Give a head's logits of some texts: (B, n_outputs), by token (B, T, n_outputs), filled up with zeros."""
        import torch

        table, starts = self.logits[head], self.starts
        if not self.by_token[head]:
            return torch.from_numpy(np.ascontiguousarray(table[rows]))
        lengths = starts[rows + 1] - starts[rows]
        filled = np.zeros((len(rows), int(lengths.max()), table.shape[1]), np.float32)
        for place, row in enumerate(rows):
            filled[place, : lengths[place]] = table[starts[row] : starts[row + 1]]
        return torch.from_numpy(filled)


def ask_teacher(teacher: Model, tokens: Tokens, *, layers: Sequence[int] = (), run: Run) -> Said:
    """Ask a teacher about every text, once.

    Args:
        teacher: left as it was; asked on the CPU, or on a GPU where there is one.
        tokens: the texts.
        layers: places of layers whose answers are kept too, pooled as the network pools.
        run: whose folder takes the files, and who is told.

    Raises:
        OSError: the disk is full or broken.
    """
    heads, n = teacher.task.heads, len(tokens.lengths)
    starts = [tokens.starts if head.by_token else np.arange(n + 1) for head in heads]
    width = len(layers) * int(teacher.network.encoder.config.hidden_size)
    with ExitStack() as stack:
        kept = [stack.enter_context(shelf(int(one[-1]), head.n_outputs, folder=run.folder))
                for head, one in zip(heads, starts, strict=True)]  # fmt: skip
        pooled = stack.enter_context(shelf(n, width, folder=run.folder))
        for rows, logits, vectors in _answers(teacher, tokens, layers, run):
            for table, one, made in zip(kept, starts, logits, strict=True):
                for place, row in enumerate(rows):
                    length = int(one[row + 1] - one[row])
                    table.put(int(one[row]), made[place, :length] if made.ndim == 3 else made[place])
            for place, row in enumerate(rows):
                pooled.put(int(row), vectors[place])
        logits = [one.values() for one in kept]
        return Said(logits, tokens.starts, [head.by_token for head in heads], pooled.values() if layers else None)


def _answers(
    teacher: Model, tokens: Tokens, layers: Sequence[int], run: Run
) -> Iterator[tuple[NDArray[np.int64], list[NDArray[np.float32]], NDArray[np.float32]]]:
    """Give for each batch its rows, each head's logits of them, and what the layers made of them, (B, L * H)."""
    import torch

    device = runtime.torch_device()
    network = teacher.copy().network.to(device).eval()
    parts = list(layers_of(network.encoder).values())
    looked_at = [parts[place] for place in layers]
    title = t("asking the teacher")
    with torch.inference_mode(), run.progress.work(title, total=len(tokens.lengths), unit=t("texts")) as bar:
        for rows in token_batches(tokens.lengths, max_tokens=_BATCH_TOKENS):
            ids, mask = (one.to(device) for one in tokens.batch(rows, pad_id=teacher.pad_id))
            with watched(looked_at) as seen:
                answers = network(ids, mask)
            logits = [answers[str(head)].float().cpu().numpy() for head in range(len(answers))]
            vectors = [network.pooled(one, mask).float().cpu() for one in seen]
            yield rows, logits, torch.cat([torch.zeros(len(rows), 0), *vectors], 1).numpy()
            bar.advance(len(rows))


@contextmanager
def watched(layers: Sequence[Any]) -> Iterator[list[Tensor]]:
    """Take down what layers answer within a block, (B, T, H) each, in the order in which they are asked."""
    seen: list[Tensor] = []

    def take(_: Any, __: Any, made: Any) -> None:
        seen.append(made[0] if isinstance(made, tuple) else made)

    hooks = [layer.register_forward_hook(take) for layer in layers]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()
