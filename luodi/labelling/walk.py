"""The walk through a batch: what is asked now, what was answered, how to take it back."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from luodi.labelling.answers import Action, Answer, enter, my_answers, now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from luodi.labelling.batch import Look
    from luodi.labelling.journal import Journal
    from luodi.labelling.source import Source


@dataclass(frozen=True)
class Question:
    """A text as it is shown.

    Args:
        look: why it is asked about.
        text: the text.
        origin: where it stands first, ``file:line``.
        n_rows: in how many rows it stands.
        given: the labels that it bears there, each with the number of rows; empty where it has none.
    """

    look: Look
    text: str
    origin: str
    n_rows: int
    given: tuple[tuple[str, int], ...]


class Walk:
    """One person's way through one batch; every answer is in the journal before the next text is shown.

    Args:
        looks: what is asked about; texts that are no longer among the rows are left out.
        source: the rows.
        journal: where answers go, and where earlier ones stand.
        who: the one who answers, if a name was given.
        clock: gives the time of an answer.
    """

    def __init__(
        self,
        looks: Sequence[Look],
        *,
        source: Source,
        journal: Journal,
        who: str | None = None,
        clock: Callable[[], str] = now,
    ) -> None:
        self.source, self.journal, self.who, self._clock = source, journal, who, clock
        self._looks = [look for look in looks if look.text_sha256 in source.rows_of]
        self._given: dict[str, list[Answer]] = {}
        for answer in my_answers(journal.entries, head=source.head, who=who):
            enter(self._given, answer)
        self._waiting = deque(look for look in self._looks if look.text_sha256 not in self._given)
        by_key = {look.text_sha256: look for look in self._looks}
        self._done = [by_key[key] for key in self._given if key in by_key]

    @property
    def question(self) -> Question | None:
        """Give what is asked now; None when the batch is done."""
        return self._question(self._waiting[0]) if self._waiting else None

    @property
    def last(self) -> Answer | None:
        """Give the answer that ``undo`` would take back."""
        return self._standing(self._done[-1]) if self._done else None

    @property
    def n(self) -> int:
        """Count the texts of the batch."""
        return len(self._looks)

    @property
    def n_done(self) -> int:
        """Count the texts that are not waiting."""
        return len(self._looks) - len(self._waiting)

    def counts(self) -> dict[str, int]:
        """Count the batch's texts by what became of them: new, confirmed, changed, skipped."""
        counts = dict.fromkeys(("new", "confirmed", "changed", "skipped"), 0)
        for look in self._looks:
            answer = self._standing(look)
            if answer is not None:
                counts[_fate(answer)] += 1
        return counts

    def text_of(self, answer: Answer) -> str:
        """Give the text that was answered."""
        return self.source.data.texts[self.source.rows_of[answer.text_sha256][0]]

    def answer(self, label: str, *, shown: str) -> bool:
        """Give the text that is asked about a label; False where another text was shown than is asked about now.

        Raises:
            LuodiError: the answer could not be saved; the text is still asked about.
        """
        return self._say("label", label, shown)

    def skip(self, *, shown: str) -> bool:
        """Pass over the text that is asked about; otherwise as ``answer``."""
        return self._say("skip", None, shown)

    def undo(self) -> bool:
        """Take the last answer back and ask again; False where there is none in this batch.

        Raises:
            LuodiError: it could not be saved; the answer stands.
        """
        last = self.last
        if last is None:
            return False
        look = self._done[-1]
        self._save(look, "undo", None)
        self._done.pop()
        self._waiting.appendleft(look)
        return True

    def ask_skipped(self) -> int:
        """Ask again about the texts that were passed over, once the batch is done; gives their number."""
        skipped = [look for look in self._looks if self._is_skipped(look)]
        if self._waiting:
            return 0
        self._waiting.extend(skipped)
        self._done = [look for look in self._done if not self._is_skipped(look)]
        return len(skipped)

    def _say(self, action: Action, label: str | None, shown: str) -> bool:
        if not self._waiting or self._waiting[0].text_sha256 != shown:
            return False
        look = self._waiting[0]
        self._save(look, action, label)
        self._done.append(self._waiting.popleft())
        return True

    def _save(self, look: Look, action: Action, label: str | None) -> None:
        question, before = self._question(look), self._standing(look)
        previous = before.label if before is not None else None
        if previous is None and question.given:
            previous = question.given[0][0]
        answer = Answer(
            action, look.text_sha256, self.source.head, label, previous, question.origin, self.who, self._clock()
        )
        self.journal.append(answer.to_json())
        enter(self._given, answer)

    def _standing(self, look: Look) -> Answer | None:
        pile = self._given.get(look.text_sha256)
        return pile[-1] if pile else None

    def _question(self, look: Look) -> Question:
        rows = self.source.rows_of[look.text_sha256]
        column = self.source.data.labels[self.source.head]
        counts: dict[str, int] = {}
        for row in rows:
            if (label := column[row]) is not None:
                counts[label] = counts.get(label, 0) + 1
        given = tuple(sorted(counts.items(), key=lambda one: -one[1]))
        return Question(look, self.source.data.texts[rows[0]], self.source.data.origin(rows[0]), len(rows), given)

    def _is_skipped(self, look: Look) -> bool:
        answer = self._standing(look)
        return answer is not None and answer.action == "skip"


def _fate(answer: Answer) -> str:
    if answer.action == "skip":
        return "skipped"
    if answer.previous is None:
        return "new"
    return "confirmed" if answer.label == answer.previous else "changed"
