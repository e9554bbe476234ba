"""What one request may bring, and how long a client may take over it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import inf
from typing import TYPE_CHECKING, Any, Self

from luodi.errors import RecipeError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from luodi.bundle.manifest import Manifest


@dataclass(frozen=True)
class Limits:
    """What one request may bring, and how long a client may take over it.

    Args:
        body_bytes: of a request, however it is sent.
        texts: of a request; a pair counts as one.
        characters: of one text. A bundle reads its first ones only, as its manifest says.
        header_s: from the first byte, or the connection, to the end of the headers.
        idle_s: that a connection is kept without a request, and that a client may leave an answer unread.
        request_s: from the end of the headers to the end of the body; and to the answer where a request names no
            deadline of its own.
        connections: at the same time; beyond it the one that has been idle longest makes room.
    """

    body_bytes: int = 4 << 20
    texts: int = 1_000
    characters: int = 20_000
    header_s: float = 10.0
    idle_s: float = 30.0
    request_s: float = 30.0
    connections: int = 4_096

    def __post_init__(self) -> None:
        """Refuse what would let nothing in.

        Raises:
            RecipeError: a limit is not above 0.
        """
        for one in fields(self):
            value = getattr(self, one.name)
            if not 0 < value < inf:
                raise RecipeError(t("the limit {name} must be above 0", name=one.name), found=str(value))

    @classmethod
    def of(cls, manifests: Iterable[Manifest] = (), **flags: Any) -> Self:
        """Make the limits that bundles ask for, but for those that flags name; a flag that is None names nothing.

        Args:
            manifests: of the bundles that are served: a text may be as long as the one that reads most reads.
            flags: limits by name.

        >>> Limits.of(texts=5, idle_s=None).texts
        5
        """
        most = [manifest.limits.max_characters for manifest in manifests]
        known = {"characters": max(most)} if most else {}
        return cls(**{**known, **{name: value for name, value in flags.items() if value is not None}})
