"""What stands at one path: its methods, and who may use each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from luodi.language import t
from luodi.serve.errors import Refusal
from luodi.serve.guard import require_scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from luodi.serve.asked import Asked, Receive, Scope, Send
    from luodi.serve.outward import Outward
    from luodi.serve.ways import Way


class Endpoint:
    """Answer one path over ASGI.

    Args:
        path: as the table of ways has it.
        by_method: what each method does; none where there is no such path.
    """

    def __init__(self, path: str, by_method: Mapping[str, Way]) -> None:
        self.path, self.by_method = path, dict(by_method)
        if "GET" in self.by_method:
            self.by_method.setdefault("HEAD", self.by_method["GET"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or raise why not.

        Raises:
            Refusal: there is no such path (404) or method (405), or the key may not (403).
        """
        asked: Asked = scope["luodi"]
        outward: Outward = send  # type: ignore[assignment]  # the door hands over nothing else
        asked.route = self.path
        if not self.by_method:
            raise Refusal(404, "no_such_path", t("nothing is at this path"), fix="/docs")
        way = self.by_method.get(scope["method"])
        if way is None:
            allowed = ", ".join(sorted(self.by_method))
            what = t("this path does not take {method}", method=scope["method"][:20])
            raise Refusal(405, "no_such_method", what, fix=allowed, headers={"allow": allowed})
        require_scope(asked, *way.scopes)
        await outward.reply(await way.handler(asked))


def by_path(table: Iterable[Way]) -> dict[str, Endpoint]:
    """Gather the ways of each path, in the order of the table."""
    methods: dict[str, dict[str, Way]] = {}
    for way in table:
        methods.setdefault(way.path, {})[way.method] = way
    return {path: Endpoint(path, ways) for path, ways in methods.items()}
