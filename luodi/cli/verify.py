"""``luodi verify``: checks a bundle on the machine that it has come to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from luodi.bundle import read_bundle
from luodi.bundle.rows import read_labelled
from luodi.cli.options import Columns, Options
from luodi.errors import BudgetError, BundleError
from luodi.job.recheck import recheck
from luodi.language import t


def verify(
    bundle: Annotated[Path, Parameter(name="BUNDLE")],
    /,
    *,
    data: Path | None = None,
    columns: Columns | None = None,
    options: Options | None = None,
) -> None:
    """Check a bundle: hashes, schema, answers and costs on this machine, and its budget again.

    Example: luodi verify reviews.luodi

    Exit code 6 says that a file or the answers are not those of the proof, 4 that the budget is not kept here.

    Args:
        bundle: the folder that `luodi build` made.
        data: labelled rows to score it on as well.
    """
    options, columns = options or Options(), columns or Columns()
    progress = options.progress()
    rows = read_labelled(read_bundle(bundle), data, progress=progress, **columns.reading()) if data else None
    found = recheck(bundle, data=rows, progress=progress)
    if options.json:
        options.print_json(found.to_json())
    else:
        console = options.console()
        console.print(t("files:   sound, every hash as written"), markup=False)
        console.print(
            t("answers: {flips} of {n} labels differ from the proof, probabilities by {apart:.2g} at most",
              flips=found.parity.label_flips, n=found.parity.n, apart=found.parity.max_abs_diff),
            markup=False,
        )  # fmt: skip
        for name, quantity in found.report.costs.items():
            console.print(f"  {name:<20}{quantity.value:,.2f}", markup=False)
    if not found.same_answers:
        raise BundleError(
            t("the bundle answers otherwise here than where it was proved"),
            fix=t("`luodi doctor` shows this processor; build the bundle on a machine of this kind"),
        )
    if found.breaches:
        raise BudgetError(t("the budget is not kept:") + "".join(f"\n  {breach}" for breach in found.breaches))
