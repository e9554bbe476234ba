"""One batch: texts of several calls answered at once, each as if it had been asked alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from luodi.bundle.forward import Encoded
from luodi.errors import LuodiError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.bundle import Runner
    from luodi.serve.ticket import Outcome, Waiting


def answer(runner: Runner, batch: Sequence[Waiting]) -> list[Outcome]:
    """Answer every text of a batch.

    Where the engine raises, each half is asked on its own, and so on down to the text that is at fault: that one gets
    its error, the others their answers.
    """
    try:
        return list(runner.answer(joined(batch)))
    except Exception as failed:  # an engine's errors have no class of their own
        if len(batch) == 1:
            return [own_error(failed)]
    half = len(batch) // 2
    return answer(runner, batch[:half]) + answer(runner, batch[half:])


def joined(batch: Sequence[Waiting]) -> Encoded:
    """Put texts together that were split apart."""
    n = batch[0].encoded.n_reads
    ids = [one.encoded.ids[n * one.row + read] for one in batch for read in range(n)]
    return Encoded(ids, [one.encoded.pieces[one.row] for one in batch if one.encoded.pieces], n)


def own_error(failed: Exception) -> LuodiError:
    """Make what failed for one text its error; what no caller may read stays its cause."""
    if isinstance(failed, LuodiError):
        return failed
    error = LuodiError(t("this text cannot be answered"))
    error.__cause__ = failed
    return error
