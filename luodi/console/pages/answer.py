"""Draws one answer in full, with what it may be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.console.figures import milliseconds, percent
from luodi.console.pages.drawn import badge, box, button, moment, text
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from luodi.console.views.answers import Cell, Choices, Row

#: Labels that are shown as buttons; with more, the search of the table is the quicker way.
_MOST = 120


def draw_answer(
    row: Row, told: Sequence[Choices], *, head: int, picked: Collection[str],
    press: Callable[[str, str, int], Any],
) -> None:  # fmt: skip
    """Draw it.

    Args:
        row: the answer.
        told: what its model may be told, by head; empty where that model is served no longer.
        head: place of the one that keys speak of.
        picked: labels that are picked but not saved.
        press: makes the handlers.
    """
    with box("text"):
        text(row.text if row.text is not None else t("The text was not kept: the service was started without "
                                                     "--keep-texts."), "" if row.text else "quiet")  # fmt: skip
    with box("row quiet small"):
        moment(row.at, "full")
        text(t("{model} · tier {tier} · {time}", model=row.model, tier=row.tier, time=milliseconds(row.seconds)))
        if row.abstained:
            badge(t("abstained"), "busy")
    with box("cells"):
        for cell in row.cells:
            _draw_cell(cell)
    if row.by:
        text(t("corrected by {who}", who=row.by), "quiet small", tag="p")
    if not told:
        text(t("The model of this answer is served no longer: what is right cannot be said here."), "quiet", tag="p")
    for place, one in enumerate(told):
        _draw_choices(one, place, is_active=place == head, picked=picked, press=press)
    if told:
        text(t("↑ ↓ go through the answers, the keys say what is right.") + (
            " " + t("h goes to the next head.") if len(told) > 1 else ""), "quiet small hints", tag="p")  # fmt: skip


def _draw_cell(cell: Cell) -> None:
    with box("cell"):
        text(cell.head, "quiet")
        text(cell.label, "label" + " struck" * (cell.right is not None and cell.right != cell.label))
        text(percent(cell.probability, places=1), "quiet number")
        if cell.right is not None:
            text("✓" if cell.right == cell.label else "→", "sign good")
            text(cell.right if cell.right != cell.label else t("confirmed"), "label right")


def _draw_choices(
    one: Choices, place: int, *, is_active: bool, picked: Collection[str], press: Callable[[str, str, int], Any]
) -> None:
    with box(f"choices {'active' if is_active else ''}"):
        text(t("What is right for {head}?", head=one.head), "title", tag="h3")
        if not one.labels:
            text(t("Spans, and whether texts fit, are corrected through /v1/feedback."), "quiet small")
            return
        keys = {label: key for key, label in one.keys.items()} if is_active else {}
        with box("labels"):
            for label in one.labels[:_MOST]:
                kinds = "label" + " picked" * (is_active and label in picked)
                button(label, kinds, press("label", label, place), key=keys.get(label))
        if one.is_several and is_active:
            button(t("Save these labels"), "strong", press("save", "", place), key="↵")
