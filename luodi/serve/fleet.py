"""The bundles that one service answers with; each can be replaced while it is asked."""

from __future__ import annotations

import hashlib
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from luodi.bundle import open_predictor, read_bundle
from luodi.data.pair import pair
from luodi.errors import DataError, RecipeError
from luodi.language import t
from luodi.registry import did_you_mean
from luodi.serve.batcher import Batcher
from luodi.serve.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from luodi.bundle import Bundle, Runner
    from luodi.serve.ticket import Outcome

    #: Name, texts, tokens, seconds computed, seconds that the first text waited.
    OnBatch = Callable[[str, int, int, float, float], None]

#: What stands beside the heads in an answer; a head of such a name could not be told from it.
_BESIDE = ("id", "stored", "error")
#: What a bundle is warmed with: texts of several lengths, so that the engine has met some shapes.
_WARM = ("ok", "the delivery was quick and everything was well packed", "物流很快，包装完好。" * 8)


@dataclass(eq=False)
class Served:
    """A bundle that answers.

    Args:
        name: under which it is asked.
        path: of its folder.
        bundle: as it was read and verified.
        fingerprint: of its manifest, and so of every file: 16 hexadecimal digits.
        opened_at: seconds since 1970.
        batcher: answers the calls.
        runner: the engines; closed with the batcher.
        warm: it has answered texts.
        n_held: who holds it now; it is not closed before they let go.
        successor: what replaced it, and answers for it once it is closed.
    """

    name: str
    path: Path
    bundle: Bundle
    fingerprint: str
    opened_at: float
    batcher: Batcher
    runner: Runner
    warm: bool = False
    n_held: int = 0
    successor: Served | None = field(default=None, repr=False)

    async def ask(
        self, texts: Sequence[str], *, deadline: float | None = None, gone: Callable[[], bool] | None = None
    ) -> list[Outcome]:
        """Answer texts as ``Batcher.ask`` does; where the bundle was replaced and closed, its successor answers."""
        last = self
        while last.batcher.is_draining and last.successor is not None:
            last = last.successor
        return await last.batcher.ask(texts, deadline=deadline, gone=gone)


class Fleet:
    """The bundles of one service, by name.

    Args:
        plan: how each puts texts together; its workers are those of all bundles together.

    Attributes:
        on_batch: is told of each batch, by a worker.
    """

    def __init__(self, plan: Plan | None = None) -> None:
        self.plan = plan or Plan()
        self.on_batch: OnBatch | None = None
        self._slots = threading.Semaphore(self.plan.workers)
        self._served: dict[str, Served] = {}
        self._one_at_a_time, self._swapping = threading.Lock(), threading.Lock()
        self._leaving: list[threading.Thread] = []

    def open(self, path: str | Path, name: str | None = None) -> Served:
        """Open a bundle and warm it, under its own name unless another is given.

        Raises:
            BundleError: it is damaged, foreign or unsafe.
            RecipeError: the name is taken.
        """
        with self._one_at_a_time:
            bundle = read_bundle(path)
            name = name or bundle.manifest.name
            if name in self._served:
                raise RecipeError(
                    t("two bundles cannot both be served as {name!r}", name=name), found=str(path),
                    fix=t("give one of them another name: NAME=PATH"),
                )  # fmt: skip
            self._served[name] = opened = self._opened(name, bundle)
        return opened

    def replace(self, name: str, path: str | Path) -> Served:
        """Put another bundle in the place of one; calls that the old one took are answered by it.

        The new one is opened, verified and warmed first; where that fails, the old one goes on. To be called from
        another thread than the loop's, which it would hold up.

        Raises:
            BundleError: the new one is damaged, foreign or unsafe.
            DataError: no bundle bears the name.
        """
        with self._one_at_a_time:
            self.get(name)
            opened = self._opened(name, read_bundle(path))
            with self._swapping:
                old, self._served[name] = self._served[name], opened
                old.successor = opened
            self._leaving = [one for one in self._leaving if one.is_alive()]
            leaving = threading.Thread(target=self._leave, args=(old,), name=f"luodi-leaving-{name}", daemon=True)
            self._leaving.append(leaving)
            leaving.start()
        return opened

    def names(self) -> tuple[str, ...]:
        """Give the names, in the order of opening."""
        return tuple(self._served)

    def get(self, name: str) -> Served:
        """Give the bundle of a name.

        Raises:
            DataError: no bundle bears it.
        """
        served = self._served.get(name)
        if served is None:
            raise DataError(t("no model is named {name!r}", name=name) + did_you_mean(name, self.names()))
        return served

    def default(self) -> Served | None:
        """Give the only bundle; None where there are several, or none."""
        return next(iter(self._served.values())) if len(self._served) == 1 else None

    @contextmanager
    def lend(self, name: str) -> Iterator[Served]:
        """Give the bundle of a name and keep it open within the block, even if it is replaced meanwhile.

        Raises:
            DataError: no bundle bears the name.
        """
        with self._swapping:
            served = self.get(name)
            served.n_held += 1
        try:
            yield served
        finally:
            with self._swapping:
                served.n_held -= 1

    def close(self) -> None:
        """Close every bundle; what they took is answered before."""
        with self._one_at_a_time:
            for served in self._served.values():
                _shut(served)
            for leaving in self._leaving:
                leaving.join()

    def _leave(self, served: Served) -> None:
        """Close a bundle that was replaced, once nobody holds it and every call is answered."""
        while True:
            with self._swapping:
                if not served.n_held and served.batcher.retire():
                    break
            time.sleep(0.02)
        _shut(served)

    def _opened(self, name: str, bundle: Bundle) -> Served:
        _require_told_apart(bundle)
        runner = open_predictor(bundle, workers=1)
        batcher = Batcher(runner, plan=self.plan, slots=self._slots)
        try:
            texts = [pair(one, one) for one in _WARM] if bundle.task.paired else list(_WARM)
            batcher.warm(texts)
        except BaseException:
            batcher.close()
            runner.close()
            raise
        batcher.on_batch = lambda *figures: self._tell(name, *figures)
        return Served(name, bundle.path, bundle, _fingerprint(bundle), time.time(), batcher, runner, warm=True)

    def _tell(self, name: str, n_texts: int, n_tokens: int, seconds: float, queued_s: float) -> None:
        if self.on_batch is not None:
            self.on_batch(name, n_texts, n_tokens, seconds, queued_s)


def _shut(served: Served) -> None:
    served.batcher.close()
    served.runner.close()
    served.warm = False


def _fingerprint(bundle: Bundle) -> str:
    return hashlib.sha256(bundle.manifest.model_dump_json().encode()).hexdigest()[:16]


def _require_told_apart(bundle: Bundle) -> None:
    """Refuse a head whose name cannot be told from what stands beside it in an answer.

    Raises:
        RecipeError: there is such a head.
    """
    if taken := [head.name for head in bundle.task.heads if head.name in _BESIDE]:
        raise RecipeError(
            t("a head named {name!r} cannot be served: that name means something else in an answer", name=taken[0]),
            found=bundle.manifest.name, fix=t("build it anew with the label column renamed"),
        )  # fmt: skip
