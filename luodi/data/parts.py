"""Reads a folder whose files are split already: train, validation, test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from luodi.data.read import read
from luodi.data.tables import SUFFIXES
from luodi.errors import DataError
from luodi.language import t

if TYPE_CHECKING:
    from luodi.data.dataset import Dataset
    from luodi.progress import Progress

#: What the files of each part are called, before their suffix.
NAMES = {
    "train": ("train", "training", "训练", "训练集"),
    "validation": ("validation", "valid", "val", "dev", "验证", "验证集"),
    "test": ("test", "testing", "测试", "测试集"),
}


def read_parts(path: str | Path, *, progress: Progress | None = None, **options: Any) -> dict[str, Dataset]:
    """Read the files ``train``, ``validation`` (or ``valid``, ``dev``) and ``test`` of a folder, with any known suffix.

    Args:
        path: the folder.
        progress: where progress is reported to.
        options: what ``read`` takes besides; every file is read with the same.

    Returns:
        ``train``, and those of ``validation`` and ``test`` that are there, with the label columns of train.

    Raises:
        DataError: there is no file for train, two for one part, or one of them cannot be read.
    """
    files = find_parts(path)
    parts = {"train": read(files["train"], progress=progress, **options)}
    for part in ("validation", "test"):
        if part in files:
            named = {**options, "labels": parts["train"].kinds}
            parts[part] = read(files[part], progress=progress, **named)
    return parts


def find_parts(path: str | Path) -> dict[str, Path]:
    """Find the file of each part in a folder: by its whole name, else by how its name ends (``bank_train.csv``)."""
    folder = Path(path)
    if not folder.is_dir():
        raise DataError(t("data: there is no folder {path}", path=folder))
    tables = sorted(one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES and one.is_file())
    found: dict[str, Path] = {}
    for part, names in NAMES.items():
        whole = [one for one in tables if one.stem.casefold() in names]
        files = whole or [one for one in tables if one.stem.casefold().endswith(_endings(names))]
        if len(files) > 1:
            raise DataError(
                t("data: folder {path} holds several files for {part}", path=folder, part=part),
                found=", ".join(file.name for file in files[:8]), fix=t("leave one of them there"),
            )  # fmt: skip
        if files:
            found[part] = files[0]
    if "train" not in found:
        raise DataError(
            t("data: folder {path} holds no file named train", path=folder),
            found=", ".join(one.name for one in tables[:8]) or t("no table in it"),
            fix=t("name one of its files, or call them train, validation and test"),
        )
    return found


def _endings(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sign + name for name in names for sign in "_-. ")
