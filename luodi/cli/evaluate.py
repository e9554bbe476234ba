"""``luodi evaluate``: scores a bundle on labelled rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from luodi.bundle import open_predictor, read_bundle
from luodi.bundle.rows import read_labelled
from luodi.cli.options import Columns, Options
from luodi.cli.summary import interval, metric_rows
from luodi.language import t
from luodi.verify import evaluate as evaluate_predictor

if TYPE_CHECKING:
    from rich.console import Console

_MOST_LABELS = 40


def evaluate(
    bundle: Annotated[Path, Parameter(name="BUNDLE")],
    data: Annotated[Path, Parameter(name="DATA")],
    /,
    *,
    columns: Columns | None = None,
    options: Options | None = None,
) -> None:
    """Score a bundle on labelled rows, class by class, with intervals and the worst mistakes.

    Example: luodi evaluate reviews.luodi may.csv

    Args:
        bundle: the folder that `luodi build` made.
        data: a table of texts and labels.
    """
    options, columns = options or Options(), columns or Columns()
    with open_predictor(read_bundle(bundle)) as predictor:
        bundled, progress = predictor.bundle, options.progress()
        rows = read_labelled(bundled, data, progress=progress, **columns.reading())
        found = evaluate_predictor(predictor, rows, task=bundled.task, progress=progress)
    if options.json:
        options.print_json(found)
    else:
        _show(options.console(), found)


def _show(console: Console, found: dict[str, Any]) -> None:
    from rich.table import Table

    for head, report in found["heads"].items():
        console.print(t("{head}, {n:,} rows", head=head, n=found["n"]), markup=False)
        for name, quantity in metric_rows(report):
            span = interval(quantity, 4)
            console.print(f"  {name:<28}{quantity.value:.4f}" + (f"  ({span})" if span else ""), markup=False)
        if not report["per_class"]:
            continue
        table = Table(box=None, padding=(0, 2, 0, 0))
        for title in (t("label"), t("precision"), t("recall"), "F1", t("rows")):
            table.add_column(title, justify="right" if title != t("label") else "left")
        worst = sorted(report["per_class"].items(), key=lambda row: row[1]["f1"])
        for label, row in worst[:_MOST_LABELS]:
            cells = (row["precision"], row["recall"], row["f1"])
            table.add_row(label, *(f"{cell:.3f}" for cell in cells), f"{row['support']:,}")
        console.print(table)
        if len(worst) > _MOST_LABELS:
            console.print(t("  ... and {n} more labels; --json gives all", n=len(worst) - _MOST_LABELS), markup=False)
    console.print(t("surest mistakes:"), markup=False)
    for one in found["mistakes"][:10]:
        text = one["text"].replace("\n", " ")[:60]
        console.print(
            f"  {one['origin']}  {one['true']} → {one['answered']} {one['probability']:.2f}  {text}", markup=False
        )
