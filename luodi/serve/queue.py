"""The texts that wait: in a fair order of their calls, grouped by length as they are taken."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from luodi.serve.ticket import Waiting

#: What a call of the engine costs besides its tokens, in tokens: texts are padded by no more, since an own call for
#: them would cost less than the padding. MiniLM of 6 layers in int8 and fp32, one core: 3 to 6.
APART = 4


class Queue:
    """Texts in the order in which they are to be answered; not safe to use from several threads without a lock.

    Each text bears a tag: the number of tokens of its own call that go before it, counted from how far the queue had
    come when the call arrived. The smallest tag goes first. So every call gets its share of the engine however many
    texts another one brought, and none waits for ever: tags only grow.

    Source: start-time fair queueing, Goyal, Vin and Cheng 1996, SIGCOMM.

    Attributes:
        n_texts: that wait.
        n_tokens: theirs.
    """

    def __init__(self) -> None:
        self.n_texts = 0
        self.n_tokens = 0
        self._by_length: dict[int, list[tuple[int, int, Waiting]]] = {}
        self._reached = 0
        self._n_put = 0

    def put(self, texts: Iterable[Waiting]) -> None:
        """Put texts of one call behind those that it put before."""
        for one in texts:
            tag = max(one.ticket.tag, self._reached)
            one.ticket.tag = tag + one.n_tokens
            self._n_put += 1
            heappush(self._by_length.setdefault(one.length, []), (tag, self._n_put, one))
            self.n_texts += 1
            self.n_tokens += one.n_tokens

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


def _near(length: int) -> Iterator[int]:
    """Give the lengths that go together with one, the nearest first; from end to end no more than may be padded."""
    yield length
    for step in range(1, APART + 1):
        yield length - step
        if 2 * step <= APART:
            yield length + step
