"""``luodi predict``: answers a text, a file of any size, or standard input."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from luodi.bundle import Runner, open_predictor, read_bundle
from luodi.bundle.answers import answer_file, answer_lines
from luodi.cli.options import Options
from luodi.data.pair import BETWEEN, pair, shown
from luodi.data.stream import read_lines
from luodi.errors import RecipeError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Mapping


def predict(
    bundle: Annotated[Path, Parameter(name="BUNDLE")],
    /,
    *texts: Annotated[str, Parameter(name="TEXT")],
    file: Annotated[Path | None, Parameter(name=["--file", "-f"])] = None,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    text: Annotated[tuple[str, ...], Parameter(name="--text", negative="", show_default=False)] = (),
    sheet: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    options: Options | None = None,
) -> None:
    """Answer a text, a file of any size, or standard input (one text a line).

    Example: luodi predict reviews.luodi --file new.csv -o answers.csv

    Of a file, the answers stand beside its columns, in its order; the output appears when it is whole.

    Args:
        bundle: the folder that `luodi build` made.
        texts: texts to answer, two by two where the bundle is asked about pairs; the name of a file is taken as --file,
            "-" as standard input.
        file: a table of texts: csv, tsv, txt, json, jsonl, parquet, xlsx.
        output: where the answers go: .csv, .tsv or .jsonl; standard output unless given.
        text: the text column of the file, where its name does not say so.
        sheet: the sheet of a workbook.
        delimiter: the sign between columns.
        encoding: the encoding of the file, or of standard input.
    """
    options = options or Options()
    if len(texts) == 1 and file is None and texts[0] != "-" and os.path.isfile(texts[0]):  # whatever a text holds
        file, texts = Path(texts[0]), ()
    if file is None and not texts:
        if sys.stdin is not None and sys.stdin.isatty():
            raise RecipeError(t("there is nothing to answer"), fix=t("give a TEXT, --file FILE, or - to read lines"))
        texts = ("-",)
    if texts == ("-",) and sys.stdin is None:
        raise RecipeError(
            t("there is nothing to answer: standard input is closed"),
            fix=t("give a TEXT, --file FILE, or - to read lines"),
        )
    of_file = {"--output": output, "--text": text, "--sheet": sheet, "--delimiter": delimiter}
    _refuse_idle({"--encoding": encoding, **of_file} if texts != ("-",) else of_file, texts, file)
    with open_predictor(read_bundle(bundle), progress=options.progress()) as predictor:
        if file is not None:
            reading = {"text": text or None, "sheet": sheet, "delimiter": delimiter, "encoding": encoding}
            answer_file(predictor, file, output, as_json=options.json, progress=options.progress(), **reading)
        elif texts == ("-",):
            stream: Any = sys.stdin.buffer  # buffered, though its type does not say so
            lines = read_lines(stream, encoding=encoding or sys.stdin.encoding)
            answer_lines(predictor, lines, sys.stdout, as_json=options.json)
        else:
            _print(predictor, _paired(texts) if predictor.bundle.task.paired else texts, options)


def _paired(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Make pairs of texts, two by two.

    Raises:
        RecipeError: their number is odd.
    """
    if len(texts) % 2:
        raise RecipeError(
            t("this bundle holds two texts against each other"), found=texts[-1][:80], fix=t("give them two by two")
        )
    return tuple(map(pair, texts[::2], texts[1::2]))


def _refuse_idle(given: Mapping[str, object], texts: tuple[str, ...], file: Path | None) -> None:
    """Refuse what would be passed over in silence: texts beside a file, options of a file without one."""
    if file is not None and texts:
        raise RecipeError(
            t("a TEXT and --file cannot both be answered"), found=texts[0][:80], fix=t("give one of them")
        )
    if file is None and (idle := [name for name, value in given.items() if value]):
        raise RecipeError(
            t("{options} belongs to a file, and none is given", options=", ".join(idle)),
            found=", ".join(texts)[:80],
            fix="--file FILE",
        )


def _print(predictor: Runner, texts: tuple[str, ...], options: Options) -> None:
    for said, answer in zip(texts, predictor.predict(texts), strict=True):
        if options.json:
            options.print_json({"text": said.replace(BETWEEN, "\t"), **answer.to_json()})
        else:
            heads = "  ".join(_in_words(one) for one in answer.answers.values())
            sys.stdout.write(f"{'? ' if answer.abstained else ''}{heads}  {shown(said)}\n")


def _in_words(answer: Any) -> str:
    return f"{answer.label} {answer.probability:.4f}"
