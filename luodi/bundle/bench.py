"""Writes forms of one exported model, answers the validation rows with each, and times them in turn."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.budget import Quantity
from luodi.bundle.backoff import back_off, guilty
from luodi.bundle.candidate import Answered, Candidate, judge
from luodi.bundle.engine import open_session
from luodi.bundle.form import Form, products_of, write_form
from luodi.bundle.forward import Encoded, encode, forward
from luodi.bundle.manifest import Limits
from luodi.bundle.ranges import observe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from luodi.bundle.ranges import Ranges
    from luodi.data.dataset import Dataset
    from luodi.models.model import Model
    from luodi.tasks.task import Logits

_TIMED_TEXTS, _ROUNDS = 48, 6
#: Texts that ranges are found on, and texts by which the guilty layers are.
_CALIBRATING_TEXTS, _PROBING_TEXTS = 128, 32


@dataclass(frozen=True)
class Tried:
    """A form that was written and opened, with its answers.

    Args:
        candidate: what was measured of it.
        onnx: its file.
        session: the engine on it.
        logits: of the validation rows, by head.
    """

    candidate: Candidate
    onnx: bytes
    session: Any
    logits: Mapping[str, Logits]


class Bench:
    """What forms of one model are measured with.

    Args:
        fp32: the file that ``export`` made.
        model: whose file it is; its tokenizer and task are used, not its weights.
        validation: rows with labels that the model was not trained on.
        clock: seconds that only go up.
    """

    def __init__(
        self, fp32: bytes, *, model: Model, validation: Dataset, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._model, self._validation, self._clock = model, validation, clock
        self._raw = fp32
        tokenizer = type(model.tokenizer).from_str(model.tokenizer.to_str())
        tokenizer.enable_truncation(model.max_tokens)
        self.encoded = encode(tokenizer, validation.texts, task=model.task, max_characters=Limits().max_characters)

    @cached_property
    def fp32(self) -> Tried:
        """The exported model itself."""
        return self._tried(Form(), self._raw, before=None)

    def tried(self, form: Form, *, engine: str = "onnxruntime") -> Tried:
        """Write a form and answer the validation rows with it."""
        raw = write_form(self._raw, form, ranges=self._ranges if form.needs_ranges else None)
        return self._tried(form, raw, before=self._fp32_answers, engine=engine)

    def timed(self, forms: Sequence[Tried], *, beside: Tried) -> list[Tried]:
        """Time forms in turn with one whose speed is known, so that a busy moment of the machine hits all alike.

        The speed is the median of six rounds, with the least and the most: 97 % sure to hold the true median.
        """
        some = self._some(_TIMED_TEXTS)
        taken = [[self._seconds(one.session, some) for one in (beside, *forms)] for _ in range(_ROUNDS)]
        known, *rest = np.array(taken).T
        speeds = [beside.candidate.speedup.value * known / np.maximum(seconds, 1e-9) for seconds in rest]
        found = [Quantity(float(np.median(one)), float(one.min()), float(one.max())) for one in speeds]
        return [
            replace(one, candidate=replace(one.candidate, speedup=speed))
            for one, speed in zip(forms, found, strict=True)
        ]

    def mended(self, one: Tried) -> Tried | None:
        """Keep the layers in fp32 that make a form lose, as few as will do and half of them at most.

        Returns:
            What loses nothing, its speed measured; None where no such form was found.
        """
        form, products = one.candidate.form, list(self._products)
        probes = self._some(_PROBING_TEXTS)
        want = self._forward(self.fp32.session, probes)
        made: dict[Form, Tried] = {}

        def error(some: Sequence[str]) -> float:
            alone = replace(form, embeddings="fp32", kept=frozenset(products) - set(some))
            raw = write_form(self._raw, alone, ranges=self._ranges if form.needs_ranges else None)
            return _apart(want, self._forward(open_session(raw), probes))

        def holds(form: Form) -> bool:
            made[form] = self.tried(form)
            return not made[form].candidate.fault

        found = back_off(form, worst_first=guilty(products, error), most=len(products) // 2, holds=holds)
        if found is None:
            return None
        best = made[found]
        best = replace(best, candidate=replace(best.candidate, mended=one.candidate.fault))
        return self.timed([best], beside=self.fp32)[0]

    @cached_property
    def n_products(self) -> int:
        """How many products a form may replace."""
        return len(self._products)

    @cached_property
    def _products(self) -> dict[str, str]:
        return products_of(self._raw)

    @cached_property
    def _ranges(self) -> Ranges:
        some = self._some(_CALIBRATING_TEXTS)
        return observe(self._raw, some.ids, sources=list(self._products.values()), pad_id=self._model.pad_id)

    @cached_property
    def _fp32_answers(self) -> Answered:
        return self._answered(self.fp32.logits)

    def _tried(self, form: Form, raw: bytes, *, before: Answered | None, engine: str = "onnxruntime") -> Tried:
        session = open_session(raw, engine=engine)
        logits = self._forward(session, self.encoded)
        after = self._answered(logits)
        candidate = judge(form, before or after, after, size_mib=len(raw) / 2**20, task=self._model.task)
        speed = candidate.speedup if before else Quantity(1.0, 1.0, 1.0)
        return Tried(replace(candidate, engine=engine, speedup=speed), raw, session, logits)

    def _answered(self, logits: Mapping[str, Logits]) -> Answered:
        return Answered.of(self._model.task, logits, self.encoded.pieces, self._validation)

    def _forward(self, session: Any, encoded: Encoded) -> dict[str, Logits]:
        return forward(session, encoded, task=self._model.task, pad_id=self._model.pad_id)

    def _seconds(self, session: Any, encoded: Encoded) -> float:
        start = self._clock()
        self._forward(session, encoded)
        return self._clock() - start

    def _some(self, n: int) -> Encoded:
        return self.encoded.every(max(1, len(self._validation) // n), most=n)


def _apart(want: Mapping[str, Logits], got: Mapping[str, Logits]) -> float:
    """Add up how far all logits lie apart, squared; what is no number lies infinitely far."""
    whole = sum(
        float(np.square(np.asarray(one, np.float64) - other).sum())
        for head in want
        for one, other in zip(want[head], got[head], strict=True)
    )
    return whole if np.isfinite(whole) else float("inf")
