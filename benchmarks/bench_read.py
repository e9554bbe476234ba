"""Measures reading: rows/s and peak memory for large files, beside Python's csv module. Prints JSON.

    python benchmarks/bench_read.py [--rows 1000000]

Each figure comes from a process of its own; the file lies in the page cache. `open_table` streams and keeps nothing,
`read` keeps every row, the peer `csv.reader` keeps every row as a list of strings and recognises nothing.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import facts

_WORDS = (
    "物流很快",
    "包装完好",
    "味道一般",
    "服务周到",
    "价格太贵",
    "下次再来",
    "非常好吃",
    "the driver",
    "was late",
    "great soup",
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def rows(n: int) -> list[tuple[str, int]]:
    """Make n short texts of two labels."""
    source = random.Random(0)
    return [("，".join(source.choices(_WORDS, k=4)) + str(row), row % 2) for row in range(n)]


def write(folder: Path, n: int) -> dict[str, Path]:
    """Write the files to read."""
    paths = {name: folder / f"rows.{name}" for name in ("csv", "jsonl", "xlsx")}
    made = rows(n)
    with paths["csv"].open("w", encoding="utf-8") as out:
        out.write("text,label\n")
        out.writelines(f"{text},{label}\n" for text, label in made)
    with paths["jsonl"].open("w", encoding="utf-8") as out:
        out.writelines(json.dumps({"text": text, "label": label}, ensure_ascii=False) + "\n" for text, label in made)
    _write_xlsx(paths["xlsx"], made[: n // 10])
    return paths


def _write_xlsx(path: Path, made: list[tuple[str, int]]) -> None:
    cell = '<c r="{}{}" t="inlineStr"><is><t>{}</t></is></c>'
    body = "".join(
        f'<row r="{at}">{cell.format("A", at, text)}{cell.format("B", at, label)}</row>'
        for at, (text, label) in enumerate([("text", "label"), *made], 1)
    )
    kinds = "application/vnd.openxmlformats-"
    book = kinds + "officedocument.spreadsheetml.sheet.main+xml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="{kinds}package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{book}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="rows" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + content)


def measure(how: str, path: Path) -> dict[str, float | int | str]:
    """Read a file once, in this process."""
    from luodi.data import open_table, read

    idle = _peak_mib()
    start = time.perf_counter()
    if how == "csv.reader":
        import csv

        with path.open(encoding="utf-8", newline="") as stream:
            n = len(list(csv.reader(stream))) - 1
    elif how == "open_table":
        n = sum(1 for _ in open_table(path).rows())
    else:
        n = len(read(path))
    seconds = time.perf_counter() - start
    return {
        "how": how, "file": path.name, "mib": round(path.stat().st_size / 2**20, 1), "rows": n,
        "seconds": round(seconds, 2), "rows_per_s": round(n / seconds), "peak_mib": round(_peak_mib()),
        "peak_before_mib": round(idle),
    }  # fmt: skip


def _peak_mib() -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8")  # ru_maxrss would count the parent's memory too
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    """Write the files, read each in a fresh process, print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--one", nargs=2, metavar=("HOW", "FILE"), help="measure one reading, in this process")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one[0], Path(options.one[1]))))
        return
    with tempfile.TemporaryDirectory() as folder:
        paths = write(Path(folder), options.rows)
        jobs = [(how, path) for path in paths.values() for how in ("open_table", "read")] + [
            ("csv.reader", paths["csv"])
        ]
        figures = []
        for how, path in jobs:
            done = subprocess.run([sys.executable, __file__, "--one", how, str(path)], capture_output=True, check=True)
            figures.append(json.loads(done.stdout))
        facts.write("read", figures)


if __name__ == "__main__":
    main()
