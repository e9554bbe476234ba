"""``luodi demo``: the main job on real Chinese news headlines, offline."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from luodi.bundle import open_predictor, read_bundle
from luodi.cli.options import Options, Whole
from luodi.cli.summary import show
from luodi.data import concatenate, read_inews
from luodi.job import build as build_bundle
from luodi.language import t

if TYPE_CHECKING:
    from luodi.data import Dataset

_SAMPLES = ("公司全年净利润创历史新高", "高速公路多车追尾致三人受伤", "市政府今日召开例行新闻发布会")


def demo(
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])] = Path("demo"),
    seed: Whole = 7,
    options: Options | None = None,
) -> None:
    """Build and prove a model of Chinese news headlines, offline.

    Example: luodi demo

    7,353 headlines with three sentiments come in a package, the encoder in another; no network is needed.

    Args:
        output: the folder for the table of headlines and the bundle.
        seed: which of the possible models.
    """
    options = options or Options()
    output.mkdir(parents=True, exist_ok=True)
    table = output / "headlines.csv"
    _write(table, concatenate(list(read_inews().values())))
    built = build_bundle(table, output=output / "headlines.luodi", seed=seed, progress=options.progress())
    if options.json:
        options.print_json(built.to_json())
        return
    console = options.console()
    show(console, built)
    with open_predictor(read_bundle(built.bundle)) as predictor:
        for text, answer in zip(_SAMPLES, predictor.predict(_SAMPLES), strict=True):
            console.print(f"  {answer.label} {answer.probability:.2f}  {text}", markup=False)
    console.print(t("Now your own: luodi build YOUR.csv"), markup=False)


def _write(table: Path, data: Dataset) -> None:
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["text", *data.labels])
        for example in data:
            writer.writerow([" ".join(example.text.split()), *example.labels.values()])
