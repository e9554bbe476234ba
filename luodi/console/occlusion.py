"""Which words mattered: a text is asked about again and again, each time without one of its pieces."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.pair import BETWEEN, is_pair

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luodi.tasks import Prediction

#: So many pieces at most, hence so many more texts are answered for one; beyond, neighbours are one piece.
MOST_PIECES = 32
#: A longer text is not weighed: 32 of them would keep others waiting.
MOST_CHARACTERS = 4000
#: In scripts without spaces a sign is a unit, elsewhere a word; blanks and punctuation go with what stands before them.
_NO_SPACES = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af"
_UNIT = re.compile(rf"[{_NO_SPACES}]|[^\W{_NO_SPACES}]+|\W+")
#: Nearer to 0 and 1 a probability in 32 bits says nothing.
_EDGE = 1e-6
_WORD = re.compile(r"\w")


@dataclass(frozen=True)
class Word:
    """A piece of a text and what it did.

    Args:
        text: as it stands there.
        weight: by how much the answer's log-odds fall without it (a number: its value); below 0 it speaks against the
            answer. Odds tell a sure answer from a surer one, where probabilities are all close to 1.
    """

    text: str
    weight: float


def pieces(text: str, *, most: int = MOST_PIECES) -> tuple[str, ...]:
    r"""Cut a text into pieces that give it back when joined; what parts a pair stays a piece of its own.

    >>> pieces("物流 fast, ok"), "".join(pieces("a b" * 100)) == "a b" * 100
    (('物', '流 ', 'fast, ', 'ok'), True)
    >>> pieces("a\x1fb")
    ('a', '\x1f', 'b')
    """
    if is_pair(text):
        halves = text.split(BETWEEN)
        parts = [pieces(half, most=max(1, most // len(halves))) for half in halves]
        return tuple(one for place, part in enumerate(parts) for one in ((BETWEEN, *part) if place else part))
    units: list[str] = []
    for unit in _UNIT.findall(text):
        if units and not _WORD.search(unit):
            units[-1] += unit
        else:
            units.append(unit)
    size = -(-len(units) // most) if units else 1
    return tuple("".join(units[i : i + size]) for i in range(0, len(units), size))


def left_out(parts: Sequence[str]) -> list[str]:
    """Give the text without each of its pieces, one after the other; what parts a pair is never left out.

    >>> left_out(["a ", "b ", "c"])
    ['b c', 'a c', 'a b ']
    """
    return ["".join([*parts[:i], *parts[i + 1 :]]) for i, part in enumerate(parts) if part != BETWEEN]


def weigh(
    parts: Sequence[str], whole: Prediction, others: Sequence[Prediction | None], *, head: str, kind: str
) -> tuple[Word, ...]:
    """Say for each piece how much it did for the answer of a head.

    Args:
        parts: the pieces.
        whole: the answer to the whole text.
        others: the answers to the texts of ``left_out``, in that order; None where there was none.
        head: whose answer.
        kind: of the head.

    Returns:
        A word for each piece; none where the head answers in places of the text.

    Source: Zeiler and Fergus 2014, arXiv:1311.2901, section 4.2 (occlusion).
    """
    support = _SUPPORT.get(kind, None if kind == "tag" else _of_one)
    if support is None:
        return ()
    before = whole.answers[head]
    full = support(before, before)
    answers = iter(others)
    return tuple(
        Word(
            part,
            0.0 if part == BETWEEN or (one := next(answers)) is None else full - support(one.answers[head], before),
        )
        for part in parts
    )


def _of_label(answer: Any, whole: Any) -> float:
    return _log_odds(answer.probabilities[int(np.argmax(whole.probabilities))])


def _of_labels(answer: Any, whole: Any) -> float:
    """Give the mean log-odds of the labels that fit; where none does, those of the likeliest."""
    chosen = np.asarray(whole.fits, bool)
    if not chosen.any():
        chosen = np.arange(len(whole.probabilities)) == int(np.argmax(whole.probabilities))
    return _log_odds(answer.probabilities[chosen])


def _of_number(answer: Any, whole: Any) -> float:
    """Give the number itself."""
    return float(answer.value)


def _of_one(answer: Any, whole: Any) -> float:
    """Give how probably two texts fit; where they do not, how probably they do not."""
    return _log_odds(answer.score) if whole.score >= 0.5 else -_log_odds(answer.score)


def _log_odds(probability: Any) -> float:
    sure = np.clip(np.asarray(probability, np.float64), _EDGE, 1 - _EDGE)
    return float(np.mean(np.log(sure) - np.log1p(-sure)))


_SUPPORT: Mapping[str, Any] = {"classify": _of_label, "multilabel": _of_labels, "score": _of_number}
