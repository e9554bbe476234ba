"""One open page: whose it is, in which language, and what it may still do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from luodi.errors import LuodiError
from luodi.language import speak, t

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from luodi.console.recent import Recent
    from luodi.console.sampler import Sampler
    from luodi.console.sessions import Sessions, Visitor
    from luodi.serve.service import Service


@dataclass(frozen=True)
class Desk:
    """What all pages work with; nothing is counted where there is no store."""

    service: Service
    sessions: Sessions
    sampler: Sampler
    recent: Recent | None


class Tab:
    """What one page's handlers go through.

    Args:
        desk: what all pages work with.
        visitor: whose page it is.
        language: ``en`` or ``zh``.
        tell: shows a sentence, and whether it is a fault.
    """

    def __init__(self, desk: Desk, visitor: Visitor, language: str) -> None:
        self.desk, self.visitor, self.language = desk, visitor, language
        self.tell: Callable[[str, bool], None] = lambda sentence, is_fault: None

    @property
    def service(self) -> Service:
        """What serves."""
        return self.desk.service

    def again(self, act: Callable[..., Awaitable[None]], *, every_s: float) -> None:
        """Do something every few seconds, as long as the page is open."""
        from nicegui import ui

        handler = self.does(act)
        ui.timer(every_s, lambda: handler(None), immediate=False)

    def does(self, act: Callable[..., Awaitable[None]], *, scope: str | None = None) -> Callable[..., Awaitable[None]]:
        """Make a handler of an act: in the page's language, for whom it is still allowed; faults are told there."""

        async def handler(event: Any) -> None:
            with speak(self.language):
                now = await asyncio.to_thread(self.desk.sessions.visitor, self.visitor.token)
                if now is None or not now.may(scope):
                    self.tell(t("This key may not do that any more."), True)
                    return
                try:
                    await act(getattr(event, "args", None))
                except LuodiError as failed:
                    self.tell(str(failed), True)

        return handler
