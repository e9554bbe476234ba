"""``luodi doctor``: tells what this machine can do."""

from __future__ import annotations

from luodi.cli.options import Options
from luodi.job.checkup import check_up
from luodi.language import t


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
    for extra, is_there in found["extras"].items():
        there = t("installed") if is_there else f'pip install "luodi[{extra}]"'
        console.print(set_cell_size(extra, 12) + there, markup=False)
