"""Answers texts with a bundle: the one code path behind predict, evaluate, verify, serve and the proof."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any

from luodi import runtime
from luodi.bundle.bundle import printable
from luodi.bundle.cascade import OpenTier, ask_in_turn
from luodi.bundle.engine import open_session, replaced
from luodi.bundle.forward import encode, forward
from luodi.bundle.reader import read_bundle
from luodi.bundle.tokenizer_check import guarded, load_tokenizer
from luodi.data.clean import clean
from luodi.data.pair import BETWEEN
from luodi.errors import BundleError, DataError
from luodi.language import t
from luodi.progress import Progress, Silent
from luodi.tasks import Prediction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from luodi.bundle.bundle import Bundle
    from luodi.bundle.forward import Encoded
    from luodi.bundle.manifest import Tier
    from luodi.tasks.task import Answer, Logits

    #: By head the answers to one window of texts, and the names of the tiers that gave them.
    Asked = tuple[Mapping[str, Sequence[Answer]], Sequence[str]]

#: Texts that are sorted by length together; also what ``stream`` holds at a time.
WINDOW = 4096


def open_predictor(
    bundle: Bundle, *, threads: int = 1, workers: int | None = None, progress: Progress | None = None
) -> Runner:
    """Open the engine of a bundle.

    Args:
        bundle: as ``read_bundle`` gave it.
        threads: that one batch is computed with.
        workers: batches computed at the same time; as many as there are cores for unless given.
        progress: is told where another engine answers than the bundle names.

    Raises:
        BundleError: engine or tokenizer refuse a file, or the model's inputs or outputs are not those of the task.
        MissingExtra: onnxruntime or tokenizers is not installed.
    """
    place = str(bundle.path)
    tokenizer = load_tokenizer(bundle.read("tokenizer.json"), place=place)
    tokenizer.enable_truncation(bundle.manifest.feeding.max_tokens)
    runtime.need("onnxruntime", extra="serve")
    tiers = []
    for tier in bundle.manifest.tiers:
        if note := replaced(tier.engine):
            (progress or Silent()).note(note)
        tiers.append(_open_tier(bundle, tier, threads=threads))
    return Runner(bundle, tiers, tokenizer, workers=workers or max(1, runtime.n_cores() // threads))


def _open_tier(bundle: Bundle, tier: Tier, *, threads: int) -> OpenTier:
    raw = bundle.read(tier.file)
    try:
        session = open_session(raw, threads=threads, engine=tier.engine)
    except Exception as failed:  # the engine's errors have no class of their own
        raise _engine_refuses(bundle, tier.file, failed) from failed
    _check_outputs(session, bundle, file=tier.file)
    return OpenTier(tier.name, session, bundle.temperatures[tier.name], tier.least, tier.file)


def load(path: str | Path, *, workers: int | None = None) -> Callable[[Sequence[str]], list[Prediction]]:
    """Read a bundle, open its engine, and give the function that answers a list of texts.

    Raises:
        BundleError: the bundle is damaged, foreign or unsafe.
    """
    return open_predictor(read_bundle(path), workers=workers).predict


class Runner:
    """A bundle with its engines open; a ``Predictor``, safe to call from several threads.

    One engine for each tier serves all workers, so the weights are in memory once. An answer does not depend on the
    texts that are asked in the same call.

    Attributes:
        bundle: what it answers for.
        workers: how many batches it computes at the same time.
    """

    def __init__(self, bundle: Bundle, tiers: Sequence[OpenTier], tokenizer: Any, *, workers: int) -> None:
        self.bundle = bundle
        self.workers = workers
        self._tiers = tiers
        self._tokenizer = tokenizer
        self._pool = ThreadPoolExecutor(workers, "luodi-runner") if workers > 1 else None

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the engine and the threads go; a closed runner answers no more."""
        if self._pool is not None:
            self._pool.shutdown()
        self._tiers, self._tokenizer = (), None

    def alone(self) -> Runner:
        """Give one on the same engines that computes one batch after the other, with the engines' threads alone."""
        return Runner(self.bundle, self._tiers, self._tokenizer, workers=1)

    def only(self, tier: str) -> Runner:
        """Give one on the same engines in which one tier answers every text, sure or not."""
        found = {one.name: one for one in self._tiers}[tier]
        return Runner(self.bundle, [found], self._tokenizer, workers=self.workers)

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """Answer every text, in order.

        Raises:
            DataError: something among them is no text.
        """
        return list(self.stream(texts))

    def stream(self, texts: Iterable[str], *, window: int = WINDOW) -> Iterator[Prediction]:
        """Answer texts one window after the other, in order, holding no more than two windows of them.

        While one window is computed, the next is taken and split into pieces, and the answers of the one before are
        with the caller, who may write them meanwhile.

        Raises:
            DataError: something among them is no text.
        """
        if isinstance(texts, str):
            raise DataError(t("one text was given where a list of texts is wanted"), fix=t("put it into a list"))
        waiting = iter(texts)
        ahead = self._encoded(list(islice(waiting, window)))
        if ahead.n < window:  # all there is: nothing to do meanwhile
            yield from self._answers(self._asked(ahead))
            return
        with ThreadPoolExecutor(1, "luodi-window") as behind:
            running: Future[Asked] | None = behind.submit(self._asked, ahead)
            while running is not None:
                ahead = self._encoded(list(islice(waiting, window)))
                asked = running.result()
                running = behind.submit(self._asked, ahead) if ahead.ids else None
                yield from self._answers(asked)

    def logits(self, texts: Sequence[str]) -> dict[str, Logits]:
        """Give what the last tier puts out, before temperature, for each head; of one window of texts."""
        return self._computed(self._tiers[-1], self._encoded(texts))

    def split(self, texts: Sequence[str]) -> Encoded:
        """Turn one window of texts into ids, cleaned and cut as the manifest says.

        Raises:
            DataError: something among them is no text.
        """
        return self._encoded(texts)

    def answer(self, encoded: Encoded) -> list[Prediction]:
        """Answer texts that were split before, in order.

        Raises:
            BundleError: the engine refuses them.
        """
        return list(self._answers(self._asked(encoded)))

    def _asked(self, encoded: Encoded) -> Asked:
        """Ask the tiers about one window."""
        return ask_in_turn(self._tiers, self.bundle.task, encoded, compute=self._computed)

    def _answers(self, asked: Asked) -> Iterator[Prediction]:
        """Answer one window by what the tiers said."""
        columns, tiers = asked
        thresholds = self.bundle.manifest.thresholds
        for tier, *row in zip(tiers, *columns.values(), strict=True):
            answers = dict(zip(columns, row, strict=True))
            unsure = any(answers[head].probability <= least for head, least in thresholds.items())
            yield Prediction(answers, abstained=unsure, tier=tier)

    def _encoded(self, texts: Sequence[str]) -> Encoded:
        """Turn one window of texts into ids."""
        for row, text in enumerate(texts, start=1):
            if not isinstance(text, str):
                raise DataError(t("row {row} is no text", row=row), found=f"{type(text).__name__} {text!r}"[:100])
        manifest, task = self.bundle.manifest, self.bundle.task
        if manifest.clean:
            whole = texts if task.paired else [text.replace(BETWEEN, " ") for text in texts]
            texts = [clean(text, manifest.clean) for text in whole]
        with guarded(str(self.bundle.path)):
            return encode(self._tokenizer, texts, task=task, max_characters=manifest.limits.max_characters)

    def _computed(self, tier: OpenTier, encoded: Encoded) -> dict[str, Logits]:
        """Run some texts through the engine of a tier."""
        pad_id = self.bundle.manifest.feeding.pad_id
        try:
            return forward(tier.session, encoded, task=self.bundle.task, pad_id=pad_id, pool=self._pool)
        except Exception as failed:  # the engine's errors have no class of their own
            raise _engine_refuses(self.bundle, tier.file, failed) from failed


def _check_outputs(session: Any, bundle: Bundle, *, file: str) -> None:
    """Hold the model's inputs and outputs against the task's heads."""
    inputs = sorted(one.name for one in session.get_inputs())
    shapes = {one.name: one.shape for one in session.get_outputs()}
    wanted = {f"logits_{place}": (2 + head.by_token, head.n_outputs) for place, head in enumerate(bundle.task.heads)}
    same = set(shapes) == set(wanted) and all(
        len(shapes[name]) == rank and (shapes[name][-1] == width or isinstance(shapes[name][-1], str))
        for name, (rank, width) in wanted.items()
    )
    if inputs != ["attention_mask", "input_ids"] or not same:
        raise BundleError(
            t("bundle: {place}: {file} does not belong to the task in manifest.json", place=bundle.path, file=file),
            found=f"{', '.join(inputs)} -> {shapes}"[:200],
            fix=t("build the bundle anew"),
        )


def _engine_refuses(bundle: Bundle, file: str, failed: Exception) -> BundleError:
    return BundleError(
        t("bundle: {place}: the engine refuses {file}", place=bundle.path, file=file),
        found=printable(str(failed).strip().partition("\n")[0]),
        fix=t("build the bundle anew; `luodi doctor` shows what this machine can do"),
    )
