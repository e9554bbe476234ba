"""The search: variants of a recipe are tried on the same rows, and the one that does best on validation is built."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi import runtime
from luodi.errors import DataError, ModelError, RecipeError
from luodi.job.duration import read_duration
from luodi.job.ledger import Ledger, Tried
from luodi.job.overrides import peek
from luodi.job.plain import plain
from luodi.job.prepare import pick
from luodi.job.recipe import refusal, vary
from luodi.job.space import Choices, Range, default_space, read_space
from luodi.job.study import Candidate, propose
from luodi.job.workshop import Workshop, remove, workshop
from luodi.language import t
from luodi.tasks.metrics import bootstrap
from luodi.tune.evaluate import judge_model, main_score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from luodi.budget import Quantity
    from luodi.data import Split
    from luodi.job.made import Made
    from luodi.job.recipe import Recipe
    from luodi.models.model import Model
    from luodi.tasks.judgement import Judgement

#: Learning curves are compared at these parts of a training, however many epochs it has.
_PARTS = 4
#: Resamples of the validation rows behind the interval of the gain: heads of any kind are measured anew on each, which
#: takes 4 ms for 1,000 rows.
_N_RESAMPLES = 200
_FOLDER = "trial-"


@dataclass(frozen=True)
class Found:
    """What a search came to.

    Args:
        recipe: of the best trial, with nothing more to try; the recipe as it stood where none was wanted.
        made: what its stages made.
        rows: of ``trials`` in the report, in order; the best is ``chosen`` and knows its ``gain`` over the first.
    """

    recipe: Recipe
    made: Made
    rows: Sequence[Mapping[str, Any]] = ()


class _Behind(Exception):
    """A trial lags behind the others."""

    def __init__(self, best: float, reached: Mapping[int, float]) -> None:
        super().__init__()
        self.best, self.reached = best, reached


def require_search(recipe: Recipe) -> None:
    """Say before anything is read what stands in the way of the trials that a recipe wants.

    Raises:
        MissingExtra: Optuna is not installed.
        RecipeError: there is nothing to try, or several processes would try it.
    """
    if not recipe.trials:
        return
    runtime.need("optuna", extra="search")
    if runtime.n_processes() > 1:
        raise RecipeError(
            t("trials run in one process, not under `accelerate launch`"),
            fix=t("search without it, then build the recipe that lies in the bundle with it"),
        )
    if not space_of(recipe):
        raise RecipeError(
            t("trials: nothing says what to try: no stage is a finetune"),
            fix="search: {stages.NAME.FIELD: [1, 2]}",
        )


def space_of(recipe: Recipe) -> Mapping[str, Choices | Range]:
    """Give what the trials of a recipe are drawn from: its own block ``search``, or what is worth trying."""
    if recipe.search is None:
        return default_space(recipe.stages)
    return read_space(recipe.search, refused=partial(refusal, recipe), faults={})


def search(recipe: Recipe, model: Model, split: Split, *, bench: Workshop) -> Found:
    """Run a recipe's stages; where it wants trials, those of the variant that does best on validation.

    The recipe as it stands is the first trial, so that the search never ends below it on these rows. The test rows are
    not looked at. What ended is written down, so that the same search goes on after any kill.

    Args:
        recipe: names how many trials, for how long, and what they try.
        model: what its stages begin with.
        split: the rows, the same for all.
        bench: where it rests.

    Raises:
        DataError: no validation row has a label in some column: nothing could be compared.
        RecipeError: no trial came to an end.
    """
    if not recipe.trials:
        return Found(recipe, bench.run(recipe, model, split))
    return _Search(recipe, model, split, bench).run()


class _Search:
    """A search under way."""

    def __init__(self, recipe: Recipe, model: Model, split: Split, bench: Workshop) -> None:
        self.recipe, self.model, self.split, self.bench = recipe, model, split, bench
        self.progress = bench.progress
        self.space = space_of(recipe)
        self.ledger = Ledger(bench.folder / "trials.json")
        fields = plain(vary(recipe, {}).to_json())
        self.standing = {at: peek(fields, at) for at in self.space}

    def run(self) -> Found:
        """Try until all trials are done, the time is over, or nothing is left to try."""
        labels = self.split.validation.labels
        if bare := [head for head, column in labels.items() if all(cell is None for cell in column)]:
            raise DataError(
                t("trials are compared on the validation rows, and none of them has a label"), found=", ".join(bare)
            )
        if self.bench.tracker not in (None, "none"):
            self.progress.note(t("trials are not told to the tracker; the report lists them"))
        self._try_all()
        best = self.ledger.best
        if best is None:
            raise RecipeError(t("no trial came to an end"), found=self.ledger.rows[0].why)
        made = self._made(best)
        rows = [{**row.to_json(), "chosen": row is best, "gain": None} for row in self.ledger.rows]
        first = self.ledger.rows[0]
        if first.state == "done" and first is not best:
            gain = self._gain(made.model, self._made(first).model)
            rows[best.number - 1]["gain"] = gain.to_json()
        return Found(self._varied(best.number, best.fields), made, rows)

    def _try_all(self) -> None:
        recipe, ledger, note = self.recipe, self.ledger, self.progress.note
        most_s = math.inf if recipe.time_limit is None else read_duration(recipe.time_limit)
        if ledger.rows:
            note(t("trials that ended before: {n}", n=len(ledger.rows)))
        while len(ledger.rows) < recipe.trials:
            if ledger.seconds >= most_s:
                note(t("the time limit of {limit} is over: {n} of {wanted} trials were done",
                       limit=recipe.time_limit, n=len(ledger.rows), wanted=recipe.trials))  # fmt: skip
                break
            candidate = propose(self.space, ledger.rows, standing=self.standing, seed=recipe.seed)
            if candidate is None:
                note(t("nothing else is left to try: {n} of {wanted} trials were done",
                       n=len(ledger.rows), wanted=recipe.trials))  # fmt: skip
                break
            self._tidy()
            ledger.add(self._tried(len(ledger.rows) + 1, candidate))
        self._tidy()

    def _tried(self, number: int, candidate: Candidate) -> Tried:
        """Run one trial to its end, whichever that is."""
        import torch

        said = ", ".join(f"{at.rpartition('.')[2]}={value}" for at, value in candidate.fields.items())
        self.progress.note(t("trial {number} of {n}: {fields}", number=number, n=self.recipe.trials, fields=said))
        started, row = time.monotonic(), partial(Tried, number, candidate.fields)

        def took() -> float:
            return round(time.monotonic() - started, 3)

        try:
            recipe = self._varied(number, candidate.fields)
            model = self._start(recipe)
            watched = replace(self._open(number, recipe, model), watch=partial(_watch, candidate))
            made = watched.run(recipe, model, self.split).model
            score = main_score(made.task, self._judged(made))
        except _Behind as stopped:
            self.progress.note(t("trial {number} lags behind at {score:.4f} and was stopped", number=number,
                                 score=stopped.best))  # fmt: skip
            return row("pruned", stopped.best, took(), stopped.reached)
        except (RecipeError, ModelError) as failed:
            self.progress.note(t("trial {number} failed: {why}", number=number, why=failed.what))
            return row("failed", None, took(), why=failed.what)
        except (MemoryError, torch.OutOfMemoryError):
            self.progress.note(
                t("trial {number} failed: {why}", number=number, why=t("the memory is too small for it"))
            )
            return row("failed", None, took(), why=t("the memory is too small for it"))
        self.progress.note(t("trial {number}: {score:.4f} on the validation rows", number=number, score=score))
        return row("done", score, took(), _reached(made))

    def _gain(self, best: Model, first: Model) -> Quantity:
        """Hold two models against each other on resampled validation rows, the same for both."""
        task, n, pair = best.task, len(self.split.validation), (self._judged(best), self._judged(first))
        places = [np.full(n, -1) for _ in task.heads]  # of each row among those that a head's judgement has
        for place, judged_by in zip(places, pair[0], strict=True):
            place[judged_by.rows] = np.arange(len(judged_by.rows))

        def gain(rows: NDArray[np.int64]) -> float:
            drawn = [place[rows][place[rows] >= 0] for place in places]
            one, other = (main_score(task, side, rows=drawn) for side in pair)
            return one - other

        return bootstrap(gain, n=n, rng=np.random.default_rng(0), n_resamples=_N_RESAMPLES)

    def _made(self, row: Tried) -> Made:
        """Give what a finished trial made, from its folder."""
        recipe = self._varied(row.number, row.fields)
        model = self._start(recipe)
        return self._open(row.number, recipe, model).run(recipe, model, self.split)

    def _judged(self, model: Model) -> list[Judgement]:
        return judge_model(model, self.split.validation, progress=self.progress)

    def _varied(self, number: int, fields: Mapping[str, Any]) -> Recipe:
        """Give a trial's recipe; the first is the recipe as it stands, to the letter."""
        return vary(self.recipe, fields if number > 1 else {})

    def _start(self, recipe: Recipe) -> Model:
        """Give what a trial's stages begin with: loaded anew where the trial names another model or length."""
        is_same = (recipe.model, recipe.max_tokens) == (self.recipe.model, self.recipe.max_tokens)
        return self.model if is_same else pick(recipe, self.split.train, progress=self.progress)

    def _open(self, number: int, recipe: Recipe, model: Model) -> Workshop:
        """Open the folder of a trial; nobody else comes there, the search's own folder is locked."""
        place = self.bench.folder / f"{_FOLDER}{number}"
        with workshop(place, recipe, self.split, model, progress=self.progress, tracker="none") as own:
            return own

    def _tidy(self) -> None:
        """Remove what trials that ended left behind; the first stays, and the best."""
        kept = {1, self.ledger.best.number if self.ledger.best else 1}
        for row in self.ledger.rows:
            place = self.bench.folder / f"{_FOLDER}{row.number}"
            if row.number not in kept and place.is_dir():
                remove(place)


def _watch(candidate: Candidate, place: int, curve: Sequence[Mapping[str, float]], epochs: int) -> None:
    """Stop a trial that lags behind where its learning curve comes to a new part of the training.

    Raises:
        _Behind: it does.
    """
    steps = _steps(place, curve, epochs)
    before = _steps(place, curve[:-1], epochs)
    for step in sorted(set(steps) - set(before)):
        if candidate.is_behind(step, steps[step]):
            raise _Behind(steps[step], steps)


def _reached(model: Model) -> dict[int, float]:
    """Give what a finished model had reached at each step, over all stages that learned."""
    found: dict[int, float] = {}
    for place, row in enumerate(model.provenance[1:]):
        if row.get("curve") and isinstance(row.get("epochs"), int):
            found |= _steps(place, row["curve"], row["epochs"])
    return found


def _steps(place: int, curve: Sequence[Mapping[str, float]], epochs: int) -> dict[int, float]:
    """Give the best metric so far at the first evaluation in or after each part of a training but the last.

    Args:
        place: of the stage; its steps come after those of the stages before it.
        curve: rows with epoch and metric.
        epochs: planned.
    """
    found: dict[int, float] = {}
    best = -math.inf
    for row in curve:
        best = max(best, row["metric"])
        for part in range(1, min(int(_PARTS * row["epoch"] / epochs), _PARTS - 1) + 1):
            found.setdefault(_PARTS * place + part, best)
    return found
