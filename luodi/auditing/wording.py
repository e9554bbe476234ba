"""Turns of phrase that findings share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luodi.data import Dataset


def of_head(sentence: str, *, head: str, data: Dataset) -> str:
    """Say which label column a sentence is about, where there is more than one."""
    return sentence if len(data.labels) == 1 else t("column {head!r}: {sentence}", head=head, sentence=sentence)


def percent(share: float) -> str:
    """Write a share so that a small one does not look like none.

    >>> percent(0.5), percent(0.0312), percent(0.0004), percent(0.0000001)
    ('50%', '3.1%', '0.04%', '<0.01%')
    """
    if 0 < share < 0.0001:
        return "<0.01%"
    digits = 0 if share >= 0.1 or share == 0 else 1 if share >= 0.01 else 2
    return f"{share:.{digits}%}"


def listed(names: Sequence[str], *, at_most: int = 5) -> str:
    """Put the first few names in quotes, one after the other.

    >>> listed(["a", "b", "c"], at_most=2)
    "'a', 'b' ..."
    """
    return ", ".join(map(repr, names[:at_most])) + (" ..." if len(names) > at_most else "")
