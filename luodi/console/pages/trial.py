"""Draws "Try it": a text in, every head's answer out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.console.figures import milliseconds, percent
from luodi.console.occlusion import MOST_PIECES
from luodi.console.pages.drawn import badge, bar, box, button, choice, text
from luodi.console.trying import ask, weigh_words
from luodi.data.pair import BETWEEN, pair
from luodi.data.text import encodable
from luodi.errors import DataError
from luodi.language import t

if TYPE_CHECKING:
    from luodi.console.occlusion import Word
    from luodi.console.tab import Tab
    from luodi.console.views.trial import HeadView, Trial

#: Below this share of the strongest piece's a weight is not shown.
_FAINT = 0.12
#: A piece without which the log-odds fall by less than this is never coloured in full.
_STRONG = 1.0


async def draw_trial(tab: Tab) -> None:
    """Draw the page."""
    _Trying(tab).draw()


class _Trying:
    """The form and what came of it."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.model = next(iter(tab.service.fleet.names()), "")
        self.first = self.second = ""
        self._n = 0

    def draw(self) -> None:
        """Draw the form, and a place for the answer."""
        from nicegui import html

        names = self.tab.service.fleet.names()
        with box("card stack try"):
            if len(names) > 1:
                options = [(name, encodable(name)) for name in names]
                choice(t("model"), options, self.tab.does(self.choose), chosen=self.model)
            self.asked = box("asked")
            with box("row"):
                button(t("Ask"), "strong", self.tab.does(self.run, scope="predict"), key="Ctrl ↵").classes("ask")
                self.busy = text("", "quiet")
            text(t("What is tried here is answered in the same queue as everything else, and is not stored."),
                 "quiet small", tag="p")  # fmt: skip
        self._draw_fields(html)
        self.answer = box("stack result")
        self.answer.props["aria-live"] = "polite"

    async def choose(self, name: Any) -> None:
        """Take another model."""
        from nicegui import html

        self.tab.service.fleet.get(str(name))
        self.model = str(name)
        self.answer.clear()
        self._draw_fields(html)

    def _draw_fields(self, html: Any) -> None:
        self.asked.clear()
        paired = self._is_paired()
        with self.asked:
            self._field(html, t("first text") if paired else t("text"), "first")
            if paired:
                self._field(html, t("second text"), "second")

    def _field(self, html: Any, label: str, name: str) -> None:
        async def keep(said: Any) -> None:
            setattr(self, name, str(said))

        with html.label().classes("field wide"):
            text(label)
            made = html.textarea()
        made.props.update({"rows": "4", "dir": "auto", "spellcheck": "false", "maxlength": "20000", "name": name,
                           "placeholder": t("Type or paste a text")})  # fmt: skip
        made.on("input", self.tab.does(keep), js_handler="(e) => emit(e.target.value)")

    def _is_paired(self) -> bool:
        return bool(self.model) and bool(self.tab.service.fleet.get(self.model).bundle.task.paired)

    async def run(self, _: object) -> None:
        """Ask, show the answer, then weigh its words and show them too."""
        self._n += 1
        turn = self._n
        self.tab.tell("", False)
        if not self.first.strip():
            raise DataError(t("There is no text to ask about."))
        served = self.tab.service.fleet.get(self.model)
        asked = pair(self.first, self.second) if served.bundle.task.paired else self.first.replace(BETWEEN, " ")
        trial, said = await ask(served, asked)
        if turn != self._n:
            return
        self._show(trial, {})
        self.busy._text = t("weighing the words …")
        self.busy.update()
        words = await weigh_words(served, asked, said)
        if turn == self._n:
            self.busy._text = ""
            self.busy.update()
            self._show(trial, words, is_weighed=True)

    def _show(self, trial: Trial, words: dict[str, tuple[Word, ...]], *, is_weighed: bool = False) -> None:
        self.answer.clear()
        with self.answer:
            with box("row facts"):
                badge(t("abstains: too unsure to be used"), "busy") if trial.abstained else None
                badge(t("answered by {tier}", tier=trial.tier) if trial.n_tiers > 1 else t("answered"), "plain")
                text(milliseconds(trial.seconds), "quiet")
            for head in trial.heads:
                _draw_head(head, words.get(head.name, ()))
            if is_weighed and not words:
                text(t("The words are not weighed: the text is too long or too short for it, or too much waits."),
                     "quiet small still", tag="p")  # fmt: skip
            if is_weighed and any(map(_is_telling, words.values())):
                text(t("Words: the text was asked about {n} times at most, each time without one piece. A piece is "
                       "coloured by how far the odds of the answer fall without it (blue: it speaks for the "
                       "answer, orange: against it).", n=MOST_PIECES), "quiet small", tag="p")  # fmt: skip


def _draw_head(head: HeadView, words: tuple[Word, ...]) -> None:
    with box("card head"):
        with box("row"):
            text(head.name, "title", tag="h2")
            text(head.label or t("nothing found"), "said")
            text(percent(head.probability, places=1), "quiet number")
        if head.low is not None and head.high is not None:
            text(t("between {low:.3g} and {high:.3g} in 95 of 100 cases", low=head.low, high=head.high), "quiet small")
        for one in head.bars:
            with box(f"share {'chosen' if one.is_chosen else ''}"):
                text(one.label, "label")
                bar(one.share)
                text(percent(one.share, places=1), "quiet number")
        if head.n_more:
            text(t("and {n:,} less likely labels", n=head.n_more), "quiet small")
        if head.marks:
            _draw_marks(head)
        if words:
            _draw_words(words)


def _draw_marks(head: HeadView) -> None:
    with box("marked"):
        for one in head.marks:
            if not one.label:
                text(one.text)
                continue
            with box("mark", tag="mark"):
                text(one.text)
                text(f"{one.label} {percent(one.share)}", "tag")


def _is_telling(words: tuple[Word, ...]) -> bool:
    """Tell whether any piece would be coloured."""
    return any(abs(one.weight) >= _STRONG * _FAINT for one in words)


def _draw_words(words: tuple[Word, ...]) -> None:
    strongest = max((abs(one.weight) for one in words), default=0.0)
    if not _is_telling(words):
        text(t("No piece alone changes this answer by much."), "quiet small still", tag="p")
        return
    with box("words"):
        for one in words:
            share = one.weight / max(strongest, _STRONG)
            made = text(" ⇄ " if one.text == BETWEEN else encodable(one.text))
            if abs(share) >= _FAINT:
                made.classes("for" if share > 0 else "against").style(f"--much: {100 * abs(share):.0f}%")
                made.props["title"] = f"{one.weight:+.2f}"
