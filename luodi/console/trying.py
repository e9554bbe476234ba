"""Asks a bundle about one text, and about the text without each of its pieces."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from luodi.console.occlusion import MOST_CHARACTERS, left_out, pieces, weigh
from luodi.console.views.trial import Trial, read_trial
from luodi.errors import LuodiError, Overloaded, TooSlow
from luodi.tasks import kind_name

if TYPE_CHECKING:
    from luodi.console.occlusion import Word
    from luodi.serve import Served
    from luodi.tasks import Prediction

#: So long the answer, and then the weighing, may take: the page is for trying, and others are waiting too.
_PATIENCE_S = 10.0


async def ask(served: Served, text: str) -> tuple[Trial, Prediction]:
    """Have one text answered, in the same queue as everybody's; it is not stored.

    Raises:
        Overloaded: too much waits already.
        TooSlow: it took longer than a person waits.
        LuodiError: the text cannot be answered.
    """
    start = time.monotonic()
    (said,) = await served.ask([text], deadline=start + _PATIENCE_S)
    if isinstance(said, LuodiError):
        raise said
    tiers = served.bundle.manifest.tiers
    return read_trial(served.bundle.task, said, n_tiers=len(tiers), seconds=time.monotonic() - start), said


async def weigh_words(served: Served, text: str, whole: Prediction) -> dict[str, tuple[Word, ...]]:
    """Say for each head what each piece of the text did for its answer; at most 32 more texts are answered.

    Nothing is said of a text that is too long for it, or while too much waits: others come first.

    Args:
        served: the bundle.
        text: what was asked.
        whole: the answer to it.
    """
    parts = pieces(text)
    if len(text) > MOST_CHARACTERS or len(parts) < 2:
        return {}
    try:
        others = await served.ask(left_out(parts), deadline=time.monotonic() + _PATIENCE_S)
    except (Overloaded, TooSlow):
        return {}
    answered = [None if isinstance(one, LuodiError) else one for one in others]
    found = {
        head.name: weigh(parts, whole, answered, head=head.name, kind=kind_name(head))
        for head in served.bundle.task.heads
    }
    return {head: words for head, words in found.items() if words}
