"""Asks Optuna what to try next, and whether a trial that runs lags behind.

Nothing of Optuna's is kept: a study is made anew of the rows before, and its random numbers come from the seed and the
trial's number. So the same rows lead to the same trial, however often the search was interrupted.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.job.space import Choices, Range
from luodi.runtime import need

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from luodi.job.ledger import Tried

#: So many trials are drawn at random, the recipe as it stands among them, before what they came to counts.
N_AT_RANDOM = 5
#: So many trials have to be finished before one can lag behind them.
N_COMPARED = 4
#: A proposal that was tried before is drawn again this often; then the space counts as exhausted.
_N_DRAWS = 50
#: Digits of a fraction that are kept, so that people can read it.
_DIGITS = 3


class Candidate:
    """A trial that is about to run.

    Args:
        fields: what stands in each field of the space.
        asked: Optuna's trial.
    """

    def __init__(self, fields: Mapping[str, Any], asked: Any) -> None:
        self.fields, self._asked = fields, asked

    def is_behind(self, step: int, best: float) -> bool:
        """Tell whether the best so far lies below the median of what finished trials had reached at this step.

        Source: Golovin et al. 2017, KDD, doi:10.1145/3097983.3098043 (median stopping), through Optuna.
        """
        with _quiet():
            self._asked.report(best, step)
            return bool(self._asked.should_prune())


def propose(
    space: Mapping[str, Choices | Range], rows: Sequence[Tried], *, standing: Mapping[str, Any], seed: int
) -> Candidate | None:
    """Propose the next trial; None where all that the space holds was tried.

    Args:
        space: for each field what may stand there.
        rows: the trials so far.
        standing: what stands in the recipe: the first trial.
        seed: of the search.

    Source: Bergstra et al. 2011, NeurIPS (tree-structured Parzen estimator; its parts: Watanabe 2023,
    arXiv:2304.11127), through Optuna: Akiba et al. 2019, arXiv:1907.10902.
    """
    optuna = need("optuna", extra="search")
    known = {at: _distribution(one) for at, one in space.items()}
    before = [row.fields for row in rows]
    for draw in range(_N_DRAWS):
        own = np.random.SeedSequence([seed, len(rows), draw]).generate_state(1)[0]
        with _quiet():
            study = optuna.create_study(
                direction="maximize",
                sampler=optuna.samplers.TPESampler(seed=int(own), n_startup_trials=N_AT_RANDOM, multivariate=False),
                pruner=optuna.pruners.MedianPruner(n_startup_trials=N_COMPARED),
            )
            study.add_trials([_retold(row, space, known) for row in rows])
            asked = study.ask(known)
        if not rows:
            return Candidate(standing, asked)
        fields = {at: _value(one, asked.params[at]) for at, one in space.items()}
        if fields not in before:
            return Candidate(fields, asked)
    return None


def _distribution(one: Choices | Range) -> Any:
    made = need("optuna", extra="search").distributions
    if isinstance(one, Choices):
        return made.CategoricalDistribution(range(len(one.values)))  # places: a value may be a whole block
    kind = made.IntDistribution if one.whole else made.FloatDistribution
    return kind(one.low, one.high, log=one.log)


def _value(one: Choices | Range, drawn: float) -> Any:
    """Turn what was drawn into what stands in the field."""
    if isinstance(one, Choices):
        return one.values[int(drawn)]
    if one.whole:
        return int(drawn)
    narrow = (one.high - one.low) / max(abs(one.low), abs(one.high))
    digits = _DIGITS + max(0, math.floor(-math.log10(narrow)))  # a narrow range wants more of them
    return min(max(float(f"{drawn:.{digits}g}"), float(one.low)), float(one.high))


def _drawn(one: Choices | Range, value: Any) -> float | None:
    """Turn what stands in a field into what would have been drawn; None for what lies outside the space."""
    if isinstance(one, Choices):
        return one.values.index(value) if value in one.values else None
    number = one.auto if value == "auto" else value
    is_inside = isinstance(number, int | float) and one.low <= number <= one.high
    return number if is_inside else None


def _retold(row: Tried, space: Mapping[str, Choices | Range], known: Mapping[str, Any]) -> Any:
    """Make Optuna's trial of a row; one that failed counts as the worst of those that were stopped."""
    optuna = need("optuna", extra="search")
    states = optuna.trial.TrialState
    drawn = {at: _drawn(one, row.fields.get(at)) for at, one in space.items()}
    params = {at: value for at, value in drawn.items() if value is not None}
    return optuna.trial.create_trial(
        state=states.COMPLETE if row.state == "done" else states.PRUNED,
        value=row.score if row.state == "done" else None,
        params=params, distributions={at: known[at] for at in params}, intermediate_values=dict(row.reached),
    )  # fmt: skip


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna's own messages off the screen; how much it says elsewhere in the process stays as it was."""
    logging = need("optuna", extra="search").logging
    before = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(before)
