"""Answers texts with a bundle: the one code path behind predict, evaluate, verify, serve and the proof."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any

from luodi import runtime
from luodi.bundle.bundle import printable
from luodi.bundle.engine import open_session
from luodi.bundle.forward import encode, forward
from luodi.bundle.reader import read_bundle
from luodi.bundle.tokenizer_check import guarded, load_tokenizer
from luodi.data.clean import clean
from luodi.errors import BundleError, DataError
from luodi.language import t
from luodi.tasks import Prediction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from luodi.bundle.bundle import Bundle
    from luodi.data.pieces import Pieces
    from luodi.tasks.task import Logits

#: Texts that are sorted by length together; also what ``stream`` holds at a time.
WINDOW = 4096


def open_predictor(bundle: Bundle, *, threads: int = 1, workers: int | None = None) -> Runner:
    """Open the engine of a bundle.

    Args:
        bundle: as ``read_bundle`` gave it.
        threads: that one batch is computed with.
        workers: batches computed at the same time; as many as there are cores for unless given.

    Raises:
        BundleError: engine or tokenizer refuse a file, or the model's inputs or outputs are not those of the task.
        MissingExtra: onnxruntime or tokenizers is not installed.
    """
    place = str(bundle.path)
    tokenizer = load_tokenizer(bundle.read("tokenizer.json"), place=place)
    tokenizer.enable_truncation(bundle.manifest.feeding.max_tokens)
    runtime.need("onnxruntime", extra="serve")
    raw = bundle.read(bundle.manifest.tiers[0].file)
    try:
        session = open_session(raw, threads=threads)
    except Exception as failed:  # the engine's errors have no class of their own
        raise _engine_refuses(place, failed) from failed
    _check_outputs(session, bundle)
    return Runner(bundle, session, tokenizer, workers=workers or max(1, runtime.n_cores() // threads))


def load(path: str | Path, *, workers: int | None = None) -> Callable[[Sequence[str]], list[Prediction]]:
    """Read a bundle, open its engine, and give the function that answers a list of texts.

    Raises:
        BundleError: the bundle is damaged, foreign or unsafe.
    """
    return open_predictor(read_bundle(path), workers=workers).predict


class Runner:
    """A bundle with its engine open; a ``Predictor``, safe to call from several threads.

    One engine serves all workers, so the weights are in memory once. An answer does not depend on the texts that
    are asked in the same call.

    Attributes:
        bundle: what it answers for.
        workers: how many batches it computes at the same time.
    """

    def __init__(self, bundle: Bundle, session: Any, tokenizer: Any, *, workers: int) -> None:
        self.bundle = bundle
        self.workers = workers
        self._session = session
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
        self._session = self._tokenizer = None

    def alone(self) -> Runner:
        """Give one on the same engine that computes one batch after the other, with the engine's threads alone."""
        return Runner(self.bundle, self._session, self._tokenizer, workers=1)

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """Answer every text, in order.

        Raises:
            DataError: something among them is no text.
        """
        return list(self.stream(texts))

    def stream(self, texts: Iterable[str], *, window: int = WINDOW) -> Iterator[Prediction]:
        """Answer texts one window after the other, in order, holding no more than one window of them.

        Raises:
            DataError: something among them is no text.
        """
        if isinstance(texts, str):
            raise DataError(t("one text was given where a list of texts is wanted"), fix=t("put it into a list"))
        waiting = iter(texts)
        while chunk := list(islice(waiting, window)):
            yield from self._answers(chunk)

    def logits(self, texts: Sequence[str]) -> dict[str, Logits]:
        """Give what the model puts out, before temperature, for each head; of one window of texts."""
        return self._asked(texts)[0]

    def _answers(self, texts: Sequence[str]) -> Iterator[Prediction]:
        """Answer one window."""
        bundle = self.bundle
        logits, pieces = self._asked(texts)
        columns = bundle.task.decode(logits, pieces, temperatures=bundle.temperatures)
        tier, thresholds = bundle.manifest.tiers[0].name, bundle.manifest.thresholds
        for row in zip(*columns.values(), strict=True):
            answers = dict(zip(columns, row, strict=True))
            unsure = any(answers[head].probability <= least for head, least in thresholds.items())
            yield Prediction(answers, abstained=unsure, tier=tier)

    def _asked(self, texts: Sequence[str]) -> tuple[dict[str, Logits], Sequence[Pieces]]:
        """Compute one window: each head's logits, and where words stand."""
        for row, text in enumerate(texts, start=1):
            if not isinstance(text, str):
                raise DataError(t("row {row} is no text", row=row), found=f"{type(text).__name__} {text!r}"[:100])
        place, manifest, task = str(self.bundle.path), self.bundle.manifest, self.bundle.task
        if manifest.clean:
            texts = [clean(text, manifest.clean) for text in texts]
        with guarded(place):
            encoded = encode(self._tokenizer, texts, task=task, max_characters=manifest.limits.max_characters)
        try:
            logits = forward(self._session, encoded, task=task, pad_id=manifest.feeding.pad_id, pool=self._pool)
        except Exception as failed:  # the engine's errors have no class of their own
            raise _engine_refuses(place, failed) from failed
        return logits, encoded.pieces


def _check_outputs(session: Any, bundle: Bundle) -> None:
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
            t("bundle: {place}: model.onnx does not belong to the task in manifest.json", place=bundle.path),
            found=f"{', '.join(inputs)} -> {shapes}"[:200],
            fix=t("build the bundle anew"),
        )


def _engine_refuses(place: str, failed: Exception) -> BundleError:
    return BundleError(
        t("bundle: {place}: the engine refuses model.onnx", place=place),
        found=printable(str(failed).strip().partition("\n")[0]),
        fix=t("build the bundle anew; `luodi doctor` shows what this machine can do"),
    )
