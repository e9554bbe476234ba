"""``luodi models``: lists the zoo."""

from __future__ import annotations

from dataclasses import asdict

from luodi.cli.options import Options
from luodi.language import t
from luodi.models import ZOO, is_installed


def models(*, options: Options | None = None) -> None:
    """List the pretrained models that come as packages; any hub id or folder works as well.

    Example: luodi models
    """
    options = options or Options()
    rows = {name: {**asdict(entry), "installed": is_installed(entry)} for name, entry in ZOO.items()}
    if options.json:
        options.print_json(rows)
        return
    console = options.console()
    for name, row in rows.items():
        there = t("installed") if row["installed"] else 'pip install "luodi[zoo]"'
        console.print(
            t(
                "{name}: {parameters:.0f} M parameters, {layers} layers, {licence}; package {package}: {there}",
                name=name, parameters=row["parameters"] / 1e6, layers=row["layers"], licence=row["licence"],
                package=row["package"], there=there,
            ),
            markup=False,
        )  # fmt: skip
        console.print(f"  {row['languages']}", markup=False)
    console.print(t("A hub id (org/name), modelscope:org/name or a folder is taken as well."), markup=False)
