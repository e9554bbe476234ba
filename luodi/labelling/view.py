"""What one tab shows: the text that is asked about, why, the labels to choose from, how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from luodi.data.text import encodable
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from luodi.labelling.batch import Look
    from luodi.labelling.walk import Question, Walk

#: Characters of a text that are shown, and of one that was answered.
_LONGEST, _SHORT = 100_000, 40
#: Labels that are shown at once; the others are searched for.
_MOST_LABELS = 100
#: From so many labels on there is a field to search them.
_SEARCHED = 10
_FATES = {
    "new": "newly labelled",
    "confirmed": "confirmed",
    "changed": "changed",
    "skipped": "skipped",
}


@dataclass(frozen=True)
class Wishes:
    """How the page is shown.

    Args:
        language: ``en`` or ``zh``.
        shows_proposal: mark the label that models would give, before anybody has answered.
        then: commands to go on with, shown when the batch is done.
    """

    language: str
    shows_proposal: bool = False
    then: tuple[str, ...] = ()


class View:
    """The elements of one tab; texts only ever become the content of elements, never markup or attributes."""

    def __init__(self, walk: Walk, wishes: Wishes, keys: Mapping[str, str]) -> None:
        from nicegui import html

        self.walk, self.wishes = walk, wishes
        self._key_of = {label: key for key, label in keys.items()}
        self._query = ""
        self._shown: tuple[object, object] | None = None
        self._is_over = False
        self._main = html.main().classes("desk")
        self._main.props["data-many"] = "no" if keys else "yes"
        with self._main:
            self._build_head()
            self._fault = _line("fault")
            self._fault.props["role"] = "alert"
            with html.div().classes("asking") as self._asking:
                self._build_card()
                self._build_labels()
                self._build_foot()
            self._done = html.div().classes("card done")
            self._farewell = html.div().classes("card done")
            self._farewell.set_visibility(False)

    def show(self, *, fault: str | None = None) -> None:
        """Bring everything to what the walk says now.

        Args:
            fault: what could not be saved, and why; shown until the next answer.
        """
        if self._is_over:
            return
        walk = self.walk
        question = walk.question
        self._main.props["data-row"] = question.look.text_sha256 if question else ""
        self._main.update()
        self._count.set_text(t("{done} of {n}", done=walk.n_done, n=walk.n))
        self._fill.style(f"width: {100 * walk.n_done / max(walk.n, 1):.1f}%")
        _put(self._fault, fault or "")
        self._asking.set_visibility(question is not None)
        self._done.set_visibility(question is None)
        if question is None:
            self._show_done()
            return
        self._show_question(question)
        self._show_labels(question.look)
        self._show_last()

    def search(self, query: str) -> None:
        """Show the labels that hold what was typed."""
        self._query = query

    def say_farewell(self) -> None:
        """Say that the page may be closed."""
        if self._is_over:
            return
        self._is_over = True
        for one in (self._asking, self._done, self._fault):
            one.set_visibility(False)
        self._main.classes("ended")
        self._farewell.set_visibility(True)
        with self._farewell:
            _heading(t("luodi has stopped, and every answer is saved. This page may be closed."))
            self._build_commands()

    def _build_head(self) -> None:
        from nicegui import html

        with html.header():
            with html.div().classes("bar"):
                self._fill = html.div().classes("fill")
            with html.div().classes("row"):
                self._count = _line("count")
                if self.walk.who:
                    _line("quiet", encodable(self.walk.who))
                _line("quiet file", encodable(self.walk.journal.path.name))
                _button("close", t("stop"), "quiet")

    def _build_card(self) -> None:
        from nicegui import html

        with html.section().classes("card"):
            self._origin = _line("quiet origin")
            self._text = _line("text")
            self._text.props.update({"dir": "auto", "tabindex": "0", "aria-live": "polite"})
            self._rest = _line("quiet")
            with html.div().classes("facts"):
                with html.div().classes("row") as self._given_row:
                    _line("quiet", t("label in the table"))
                    self._given = _line("given")
                    self._given.props["dir"] = "auto"
                self._why = _line("quiet why")

    def _build_labels(self) -> None:
        from nicegui import html

        with html.section().classes("choice"):
            if len(self.walk.source.labels) >= _SEARCHED:
                field = html.input_().classes("search")
                field.props.update(
                    {"type": "search", "placeholder": t("search a label"), "autocomplete": "off", "spellcheck": "false"}
                )
            self._labels = html.div().classes("labels")
            self._beyond = _line("quiet")

    def _build_foot(self) -> None:
        from nicegui import html

        with html.footer():
            with html.div().classes("row"):
                _button("skip", t("skip"), "plain", key="s" if "0" in self._key_of else "0")
                self._undo = _button("undo", t("take back"), "plain", key="←" if self._is_many else "u")
                self._last = _line("quiet last")
            _line("quiet hints", self._hints())

    def _build_commands(self) -> None:
        from nicegui import html

        _line("quiet", t("To make use of the answers; `luodi label` again asks about the next texts:"))
        for line in self.wishes.then:
            html.code(encodable(line))

    @property
    def _is_many(self) -> bool:
        return not self._key_of

    def _hints(self) -> str:
        if self._is_many:
            return t("Type to search, ↑ ↓ to choose, Enter to give the label; 0 skips, Backspace takes back.")
        if len(self.walk.source.labels) >= _SEARCHED:
            return t("The keys give the label; / searches, u or Backspace takes back.")
        return t("The keys give the label; u or Backspace takes back.")

    def _show_question(self, question: Question) -> None:
        text = encodable(question.text)
        origin = encodable(question.origin)
        if question.n_rows > 1:
            origin += t(" (this text stands in {n:,} rows)", n=question.n_rows)
        self._origin.set_text(origin)
        self._text.set_text(text[:_LONGEST])
        cut = len(text) - _LONGEST
        _put(self._rest, t("... and {n:,} more characters", n=cut) if cut > 0 else "")
        self._given_row.set_visibility(bool(question.given))
        self._given.set_text(_labels_now(question))
        _put(self._why, _reason(question.look))

    def _show_labels(self, look: Look) -> None:
        """Build the buttons anew where the search or the proposal has changed."""
        proposed = look.proposed if self.wishes.shows_proposal else None
        wanted = self._query.strip().lower()
        found = [(i, one) for i, one in enumerate(self.walk.source.labels) if wanted in one.lower()]
        if self._shown == (state := (found, proposed)):
            return
        self._shown = state
        self._labels.clear()
        with self._labels:
            for i, label in found[:_MOST_LABELS]:
                button = _button("label", encodable(label), "label", key=self._key_of.get(label), value=str(i))
                if label == proposed:
                    button.classes("proposed").props["data-note"] = t("proposed")
        rest = len(found) - _MOST_LABELS
        _put(self._beyond, t("... and {n:,} more labels: type to find them", n=rest) if rest > 0 else "")
        if not found:
            _put(self._beyond, t("no label holds this"))

    def _show_last(self) -> None:
        last = self.walk.last
        self._undo.set_visibility(last is not None)
        if last is None:
            self._last.set_text("")
            return
        text = self.walk.text_of(last)
        shown = encodable(" ".join(text[:200].split()))
        shown = shown if len(shown) <= _SHORT else shown[:_SHORT] + "…"
        said = t("skipped") if last.label is None else encodable(last.label)
        self._last.set_text(t("saved: {text} → {label}", text=_apart(shown), label=_apart(said)))

    def _show_done(self) -> None:
        from nicegui import html

        counts = {fate: n for fate, n in self.walk.counts().items() if n}
        self._done.clear()
        with self._done:
            _heading(t("Done: every text of this batch has its answer"))
            with html.div().classes("tiles"):
                for fate, n in counts.items():
                    with html.div().classes("tile"):
                        html.b(f"{n:,}")
                        html.span(t(_FATES[fate]))
            self._build_commands()
            with html.div().classes("row"):
                if counts.get("skipped"):
                    _button("again", t("look at the skipped ones again"), "plain")
                _button("undo", t("take the last answer back"), "plain", key="u")
                _button("close", t("stop"), "strong")


def _line(kinds: str, text: str = "") -> Any:
    from nicegui import ui

    return ui.label(text).classes(kinds)


def _heading(text: str) -> None:
    from nicegui import html

    html.h1(text)


def _put(line: Any, text: str) -> None:
    line.set_text(text)
    line.set_visibility(bool(text))


def _button(act: str, text: str, kinds: str, *, key: str | None = None, value: str = "") -> Any:
    from nicegui import html

    with html.button().classes(kinds) as button:
        if key is not None:
            html.kbd(key.upper())
        html.span(text).props["dir"] = "auto"
    button.props.update({"type": "button", "data-act": act, "data-value": value})
    return button


def _labels_now(question: Question) -> str:
    if len(question.given) == 1:
        return encodable(question.given[0][0])
    return ", ".join(t("{label} × {n}", label=_apart(encodable(label)), n=n) for label, n in question.given)


def _apart(text: str) -> str:
    """Keep the direction of a text to itself: of two in Arabic, the first would else stand on the right of the other.

    Source: Unicode Standard Annex 9, first strong isolate.
    """
    return f"\u2068{text}\u2069"


def _percent(share: float) -> str:
    return t("under 1 %") if share < 0.01 else f"{share:.0%}".replace("%", " %")


def _reason(look: Look) -> str:
    """Say why a text is worth a look, without saying which label models would give."""
    if look.why == "unlikely" and look.figures:
        return t("models that learned from the other rows give this label {p}", p=_percent(look.figures[0]))
    if look.why == "torn" and len(look.figures) == 2:
        p, q = map(_percent, look.figures)
        return t("models hesitate: {p} for one label, {q} for the next", p=p, q=q)
    if look.why == "unlike":
        return t("unlike the texts before it")
    return ""
