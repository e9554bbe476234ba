"""``luodi doctor``: tells what this machine can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.cli.options import Options
from luodi.job.checkup import check_up
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Mapping


def doctor(*, options: Options | None = None) -> None:
    """Tell what this machine can do: int8 in its processor (measured), cores, memory, GPU, what is installed.

    Example: luodi doctor
    """
    options = options or Options()
    found = check_up()
    if options.json:
        options.print_json(found)
        return
    from rich.cells import set_cell_size

    console, int8 = options.console(), found["int8"]
    speed = t("{x:.1f} times fp32, measured", x=int8["speedup"]) if int8["speedup"] else t("not measured")
    rows = {
        t("processor"): found["cpu"],
        t("cores"): str(found["threads"]),
        t("memory"): f"{found['memory_gib']:.1f} GiB",
        "int8": f"{int8['instructions']}; {speed}; {int8['safe_scheme']}",
        "GPU": found["gpu"] or t("none"),
    }
    for name, value in rows.items():
        console.print(set_cell_size(name, 12) + value, markup=False)
    for one in found["gains"]:
        console.print(set_cell_size("", 12) + _gain(one), markup=False)
    for extra, is_there in found["extras"].items():
        there = t("installed") if is_there else f'pip install "luodi[{extra}]"'
        console.print(set_cell_size(extra, 12) + there, markup=False)


def _gain(one: Mapping[str, Any]) -> str:
    """Say in a line what a model of one shape gains."""
    best = max(one["speedup"], key=one["speedup"].get)
    sizes = list(one["size_mib"].values())
    return t(
        "{layers} layers x {hidden}: {ms:.0f} ms for 256 tokens in fp32, {x:.1f} times as fast in {form}; all cores "
        "{workers:.1f} times one; {whole:.0f} MiB, {eight:.1f} in 8 bits, {four:.1f} with 4-bit embeddings",
        layers=one["layers"], hidden=one["hidden"], ms=one["fp32_ms"], x=one["speedup"][best], form=best,
        workers=one["workers"], whole=sizes[0], eight=sizes[1], four=sizes[-1],
    )  # fmt: skip
