"""Loads a pretrained encoder with its tokenizer and puts fresh heads on it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi.language import t
from luodi.models.positions import longest_input
from luodi.models.quiet import quiet
from luodi.models.sources import Source, find_source
from luodi.progress import Progress, Silent

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import nn

    from luodi.models.model import Model
    from luodi.tasks import Head, Task

#: Spread of a fresh head layer's weights, as BERT's own.
HEAD_STD = 0.02
#: How large a fresh layer makes vectors that are compared by their angle.
VECTOR_GAIN = 10.0


def load(name: str, *, task: Task, max_tokens: int = 128, seed: int = 0, progress: Progress | None = None) -> Model:
    """Load a pretrained model and give it the heads of a task.

    Args:
        name: a name of the zoo, a hub id (``org/name``, ``modelscope:org/name``), or a folder in the hub's layout.
        task: the heads wanted.
        max_tokens: texts are cut here; lowered where the model takes less.
        seed: of the heads' first weights; the caller's random numbers are left alone.
        progress: who is told.

    Raises:
        ModelError: it cannot be found or read.
        MissingExtra: the package that carries or fetches it is not installed.
    """
    import torch
    from torch import nn

    from luodi.models.model import Model, Network

    source = find_source(name)
    (progress or Silent()).note(t("loading {name} from {path}", name=name, path=source.path))
    with quiet(), torch.random.fork_rng(devices=[]):
        encoder, tokenizer = _read(source)
        generator = torch.Generator().manual_seed(seed)
        width = encoder.config.hidden_size
        heads = nn.ModuleDict({str(i): fresh_layer(width, head, generator) for i, head in enumerate(task.heads)})
        network = Network(encoder, heads, by_token=task.by_token).eval()
    row = {
        "use": "model", "name": name, "source": source.kind, "licence": source.licence, "sha256": _digest(source.path),
        "parameters": sum(p.numel() for p in network.parameters()),
    }  # fmt: skip
    longest = min(max_tokens, longest_input(encoder))
    return Model(network, tokenizer, task, longest, int(encoder.config.pad_token_id or 0), (row,))


def fresh_layer(width: int, head: Head, generator: Any) -> nn.Linear:
    """Make the layer of a head that has learned nothing, (width,) -> (n_outputs,).

    One that turns texts into vectors begins by turning the encoder's, so that their angles are those that it knows:
    by the identity, where widths are the same, else by an orthogonal matrix. It is written large, as angles do not
    depend on it: steps of a size then turn it less.
    """
    from torch import nn

    layer = nn.Linear(width, head.n_outputs)
    if head.apart and width == head.n_outputs:
        nn.init.eye_(layer.weight)
        layer.weight.data *= VECTOR_GAIN
    elif head.apart:
        nn.init.orthogonal_(layer.weight, gain=VECTOR_GAIN, generator=generator)
    else:
        nn.init.normal_(layer.weight, std=HEAD_STD, generator=generator)
    nn.init.zeros_(layer.bias)
    return layer


def _read(source: Source) -> tuple[Any, Tokenizer]:
    if source.path.is_dir():
        from luodi.models.folder import read_folder

        return read_folder(source.path)
    from luodi.models.e5 import build_bert, read_e5
    from luodi.models.e5_tokenizer import build_tokenizer

    file = read_e5(source.path)
    return build_bert(file), build_tokenizer(file)


def _digest(path: Path) -> str:
    """Hash the weights: the file, or every safetensors file of a folder in order of name."""
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(path.glob("*.safetensors")):
        with file.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
