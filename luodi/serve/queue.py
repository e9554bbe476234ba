"""The texts that wait: in a fair order of their calls, grouped by length as they are taken."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from luodi.serve.ticket import Waiting

#: What a call of the engine costs besides its tokens, in tokens: texts are padded by no more, since an own call for
#: them would cost less than the padding. Assumed, from a few runs with MiniLM of 6 layers; no script keeps it.
APART = 4


class Queue:
    """Texts in the order in which they are to be answered; not safe to use from several threads without a lock.

    A call is dealt in portions of about a batch. All texts of a portion bear one tag: the number of tokens of the call
    up to the portion's end, counted from how far the queue had come when the call arrived. The smallest tag goes first.
    So calls of like size are answered one after the other, not all of them late; a small one passes a large one, which
    holds nobody up for longer than a portion; and none waits for ever: tags only grow.

    Args:
        portion: tokens of a portion; a longer text is one of its own.

    Source: self-clocked fair queueing, Golestani 1994, IEEE INFOCOM.

    Attributes:
        n_texts: that wait.
        n_tokens: theirs.
    """

    def __init__(self, *, portion: int) -> None:
        self._portion = portion
        self.n_texts = 0
        self.n_tokens = 0
        self._by_length: dict[int, list[tuple[int, int, Waiting]]] = {}
        self._reached = 0
        self._n_put = 0

    def put(self, texts: Iterable[Waiting]) -> None:
        """Put texts of one call behind those that it put before."""
        for portion in _portions(texts, most=self._portion):
            n_tokens = sum(one.n_tokens for one in portion)
            ticket = portion[0].ticket
            ticket.tag = max(ticket.tag, self._reached) + n_tokens
            for one in portion:
                self._n_put += 1
                heappush(self._by_length.setdefault(one.length, []), (ticket.tag, self._n_put, one))
            self.n_texts += len(portion)
            self.n_tokens += n_tokens

    def first(self) -> Waiting | None:
        """Give the text that goes first, without taking it."""
        return min(heap[0] for heap in self._by_length.values())[2] if self._by_length else None

    def take(self, *, most: int) -> Sequence[Waiting]:
        """Take the text that goes first, and others of about its length.

        Args:
            most: tokens of the batch, padding included; a text longer than it makes a batch of its own.
        """
        tag, _, head = min(heap[0] for heap in self._by_length.values())
        self._reached = max(self._reached, tag)
        taken, longest = [self._pop(head.length)], head.length
        for length in _near(head.length):
            while length in self._by_length and (len(taken) + 1) * max(longest, length) <= most:
                longest = max(longest, length)
                taken.append(self._pop(length))
        return taken

    def _pop(self, length: int) -> Waiting:
        heap = self._by_length[length]
        found = heappop(heap)[2]
        if not heap:
            del self._by_length[length]
        self.n_texts -= 1
        self.n_tokens -= found.n_tokens
        return found


def _portions(texts: Iterable[Waiting], *, most: int) -> Iterator[list[Waiting]]:
    """Part texts of one call, in order, into portions of at most so many tokens; a longer text is one of its own."""
    portion: list[Waiting] = []
    n_tokens = 0
    for one in texts:
        if portion and n_tokens + one.n_tokens > most:
            yield portion
            portion, n_tokens = [], 0
        portion.append(one)
        n_tokens += one.n_tokens
    if portion:
        yield portion


def _near(length: int) -> Iterator[int]:
    """Give the lengths that go together with one, the nearest first; from end to end no more than may be padded."""
    yield length
    for step in range(1, APART + 1):
        yield length - step
        if 2 * step <= APART:
            yield length + step
