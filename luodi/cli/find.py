"""``luodi find``: the candidates that fit a text best."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from luodi.bundle.finder import Finder
from luodi.cli.options import Options, Whole
from luodi.data import read
from luodi.errors import RecipeError
from luodi.language import t


def find(
    bundle: Annotated[Path, Parameter(name="BUNDLE")],
    /,
    *texts: Annotated[str, Parameter(name="TEXT")],
    among: Path,
    reranker: Path | None = None,
    best: Whole = 5,
    text: Annotated[str | None, Parameter(name="--text")] = None,
    options: Options | None = None,
) -> None:
    """Find the candidates that fit a text best, among those in a file.

    Example: luodi find questions.luodi 怎么退货 --among faq.csv

    Args:
        bundle: a bundle with a head retrieve, whose vectors are compared.
        texts: texts to find candidates for.
        among: a table of candidates: csv, tsv, txt, json, jsonl, parquet, xlsx.
        reranker: a bundle with a head match, which ranks the nearest anew.
        best: how many candidates are given for a text.
        text: the column of candidates, where its name does not say so.
    """
    options = options or Options()
    if not texts:
        raise RecipeError(t("there is nothing to find candidates for"), fix="luodi find BUNDLE TEXT --among FILE")
    candidates = read(among, text=text, labels=(), progress=options.progress()).texts
    with Finder(bundle, candidates, reranker=reranker) as finder:
        for asked, found in zip(texts, finder.find_all(texts, k=best), strict=True):
            for candidate, score in found:
                if options.json:
                    options.print_json({"text": asked, "candidate": candidate, "score": round(score, 6)})
                else:
                    beside = f"\t{' '.join(asked.split())}" if len(texts) > 1 else ""
                    sys.stdout.write(f"{score:.4f}\t{' '.join(candidate.split())}{beside}\n")
