"""The ladder: from the recipe's model cheaper ones are made until one keeps the budget and is no worse."""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from luodi import runtime
from luodi.budget import Report
from luodi.bundle import Draft
from luodi.errors import ModelError, RecipeError
from luodi.job.chosen import Chosen, Terms, choose
from luodi.job.duration import read_duration
from luodi.job.notebook import Notebook
from luodi.job.pack import PAGES_MIB, pack
from luodi.job.prove import prove
from luodi.job.recipe import extended
from luodi.job.rung import TEACHER, Rung, default_rungs, read_rungs
from luodi.job.weighed import Weighed
from luodi.language import t
from luodi.limits import COSTS, LATENCIES
from luodi.models import describe
from luodi.plain_json import write_json
from luodi.verify import paired

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from luodi.bundle import Contents
    from luodi.data import Split
    from luodi.job.made import Made
    from luodi.job.pack import Packed
    from luodi.job.recipe import Recipe
    from luodi.job.workshop import Workshop
    from luodi.tasks import Head
    from luodi.tasks.judgement import Judgement

    #: What the manifest says of a packed model.
    Describe = Callable[[Packed], Contents]

_FOLDER, _SCALES = "rung-", "scales"


@dataclass(frozen=True)
class Climbed:
    """What the ladder came to.

    Args:
        recipe: of the candidate that is built, complete, with nothing more to try.
        made: what its stages made.
        rows: a row for each candidate as the report holds them; none where the recipe's own model was taken as it is.
        why: the choice in a sentence.
    """

    recipe: Recipe
    made: Made
    rows: Sequence[Mapping[str, Any]] = ()
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give the block ``ladder`` of the report, empty where nothing was tried."""
        return {"why": self.why, "rows": list(self.rows)} if self.rows else {}


def require_ladder(recipe: Recipe) -> None:
    """Say before anything is read what stands in the way of looking for a cheaper model.

    Raises:
        RecipeError: several processes would do so, each by its own clock.
    """
    if recipe.shrink == "always" and runtime.n_processes() > 1:
        raise RecipeError(
            t("a cheaper model is looked for in one process, not under `accelerate launch`"),
            fix=t("look for it without, then build the recipe that lies in the bundle with it"),
        )


def rungs_of(recipe: Recipe, made: Made) -> list[Rung]:
    """Give what is tried after the recipe's own model: what it names itself, or what is worth trying of its model.

    Where the spread over seeds is wanted no two models are put together: it speaks of one.
    """
    if recipe.rungs is not None:
        return read_rungs(recipe.rungs)
    return [rung for rung in default_rungs(made.model) if recipe.seeds == 1 or rung.cascade is None]


def climb(
    recipe: Recipe, made: Made, split: Split, *, bench: Workshop, manifest: Describe, time_limit: str | None = None
) -> Climbed:
    """Weigh the recipe's own model, then cheaper ones, and choose.

    With ``shrink: auto`` nothing is tried where the budget limits no costs, or the recipe's own model keeps those
    limits. With a budget it ends at the first candidate that keeps it and is good: the later ones promise to be dearer.
    What was weighed is written down, what was made is kept: the same call goes on after any kill.

    Args:
        recipe: as it stands; its budget, margin and rungs count.
        made: what its stages made.
        split: the rows; the test rows are not looked at.
        bench: where it rests.
        manifest: says what the manifest says of what was packed.
        time_limit: after so long no further candidate is begun.
    """
    if not recipe.may_shrink or runtime.n_processes() > 1:
        return Climbed(recipe, made)
    return _Ladder(recipe, made, split, bench, manifest).run(time_limit)


def whole(rung: Rung, recipe: Recipe) -> Recipe:
    """Give the whole recipe of a candidate: the stages of both, and nothing more to try."""
    return extended(recipe, rung.stages, cascade=rung.cascade if rung.stages else recipe.cascade)


def climbed_to(rung: Rung, recipe: Recipe, made: Made, split: Split, *, bench: Workshop) -> Made:
    """Apply a candidate's stages to what the recipe's own made; what candidates have in common is made once.

    Args:
        rung: the candidate.
        recipe: as it stands.
        made: what its stages made.
        split: the rows.
        bench: where both rest.
    """
    done = list(recipe.stages)
    for stage in whole(rung, recipe).stages[len(done) :]:
        done.append(stage)
        key = write_json([describe(one) for one in done]) + _origin(made)
        place = bench.folder / f"{_FOLDER}{hashlib.sha256(key.encode()).hexdigest()[:16]}"
        after = replace(bench, folder=place).run(replace(recipe, stages=(stage,), cascade=None), made.model, split)
        name, model = after.forms[-1]
        made = made.learned(name, model) if stage.learns else made.reshaped(name, model)
    return made


def _origin(made: Made) -> str:
    """Tell by a few words which pretrained model something was made of, and for which task."""
    model = made.model
    return write_json([model.provenance[0], model.max_tokens, model.task.to_json()])


class _Ladder:
    """A ladder that is being climbed."""

    def __init__(self, recipe: Recipe, made: Made, split: Split, bench: Workshop, manifest: Describe) -> None:
        self.recipe, self.made, self.split, self.bench, self.manifest = recipe, made, split, bench, manifest
        self.note = bench.progress.note
        self.notes = Notebook(bench.folder / "ladder.json")
        self.rungs = {rung.name: rung for rung in (Rung(TEACHER), *rungs_of(recipe, made))}
        self.weighed: dict[str, Weighed] = {}
        limited = [name for name in recipe.budget.limits if name in LATENCIES]
        self.cost = limited[0] if limited else LATENCIES[0]

    def run(self, time_limit: str | None) -> Climbed:
        """Climb until a candidate is good enough, the time is over, or nothing is left."""
        recipe = self.recipe
        first = self._weigh(self.rungs[TEACHER])
        if first.why:
            raise ModelError(first.why)
        if recipe.shrink == "auto" and not _breaks_costs(first):
            return Climbed(recipe, self.made)
        for rung in list(self.rungs.values())[1:]:
            if self._is_over(time_limit):
                break
            one = self._weigh(rung)
            if recipe.budget and not one.breaches and one.is_good(margin=recipe.margin):
                break
        could = [one for one in self.weighed.values() if not one.why]
        chosen = choose(could, Terms(recipe.margin, has_budget=bool(recipe.budget), cost=self.cost))
        self.note(chosen.why)
        rung = self.rungs[chosen.name]
        return Climbed(whole(rung, recipe), self._made(rung), self._rows(chosen), chosen.why)

    def _weigh(self, rung: Rung) -> Weighed:
        """Make and measure a candidate, unless that was done before; what failed is tried again by the next call."""
        key, started = self._key(rung), time.monotonic()
        if known := self.notes.find(key):
            one = replace(known, name=rung.name, breaches=self._breaches(known.report))
            self.weighed[rung.name] = one
            return one
        self.note(t("candidate {name}", name=rung.name))
        try:
            one = self._measured(rung)
        except (RecipeError, ModelError) as failed:
            one = Weighed(rung.name, 0.0, {}, (), {}, {}, {}, why=failed.what)
        one = self.weighed[rung.name] = replace(one, seconds=round(time.monotonic() - started, 3))
        if one.why:
            self.note(t("candidate {name} failed: {why}", name=rung.name, why=one.why))
            return one
        self.notes.add(key, one)
        self.note(t("candidate {name}: {points:+.1f} points beside the recipe's own model, {latency:.2f} ms, "
                    "{size:.1f} MiB", name=rung.name, points=100 * one.gain, latency=one.cost(self.cost),
                    size=one.size_mib))  # fmt: skip
        return one

    def _key(self, rung: Rung) -> Mapping[str, Any]:
        """Give all that decides what is found of a candidate, beside what the workshop is for."""
        recipe = whole(rung, self.recipe)
        size = recipe.budget.limits.get("size_mib")
        return {"stages": recipe.to_json()["stages"], "cascade": recipe.cascade, "precision": recipe.precision,
                "threads": recipe.budget.threads, "batch": recipe.budget.batch, "origin": _origin(self.made),
                "room": size.at_most if size else None}  # fmt: skip

    def _breaches(self, report: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
        return tuple(one.to_json() for one in self.recipe.budget.check(Report.from_json(report))) if report else ()

    def _measured(self, rung: Rung) -> Weighed:
        recipe = whole(rung, self.recipe)
        validation, progress = self.split.validation, self.bench.progress
        packed = pack(self._made(rung), validation, recipe, progress=progress)
        if recipe.cascade is not None and len(packed.tiers) == 1:
            raise RecipeError(t("two models would not share the work: one of them answers everything"))
        with Draft(self.bench.folder / _SCALES) as draft:  # the workshop's own folder is locked
            for name, content in packed.files().items():
                draft.add(name, content)
            sealed = draft.seal(self.manifest(packed))
            size = sum(entry.stat().st_size for entry in sealed.iterdir()) / 2**20 + PAGES_MIB
            proof = prove(sealed, validation, probes=[], weigh=False, work=self.bench.folder, budget=recipe.budget,
                          progress=progress)  # fmt: skip
        measured = proof["measured"]
        report = {key: measured[key] for key in ("conditions", "heads")}
        report |= {**measured["costs"], "size_mib": size, "baseline": {}, "parity": []}
        return Weighed(rung.name, 0.0, report, self._breaches(report), self._compared(rung, proof), proof["answers"],
                       proof["sure"])  # fmt: skip

    def _compared(self, rung: Rung, proof: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Hold a candidate's answers against those of the recipe's own model, head by head."""
        if rung.name == TEACHER:
            return {}
        beside, found = self.weighed[TEACHER], {}
        for head in self.made.model.task.heads:
            mine = self._judged(head, proof["answers"], proof["sure"])
            one = paired(head, mine, self._judged(head, beside.answers, beside.sure))
            found[head.name] = {"n": one.n, **one.to_json()}
        return found

    def _judged(
        self, head: Head, answers: Mapping[str, Sequence[str]], sure: Mapping[str, Sequence[float]]
    ) -> Judgement:
        """Judge answers to the validation rows."""
        rows, name = self.split.validation, head.name
        return head.judge(rows.labels[name], answers[name], texts=rows.texts, sure=sure[name])

    def _made(self, rung: Rung) -> Made:
        return climbed_to(rung, self.recipe, self.made, self.split, bench=self.bench)

    def _is_over(self, time_limit: str | None) -> bool:
        most_s = math.inf if time_limit is None else read_duration(time_limit)
        if sum(one.seconds for one in self.weighed.values()) < most_s:
            return False
        self.note(t("the time limit of {limit} is over: {n} of {wanted} candidates were weighed",
                    limit=time_limit, n=len(self.weighed), wanted=len(self.rungs)))  # fmt: skip
        return True

    def _rows(self, chosen: Chosen) -> list[dict[str, Any]]:
        """Give a row for each candidate, the recipe's own model first."""
        margin, rows = self.recipe.margin, []
        for one in self.weighed.values():
            state = "failed" if one.why else "good" if one.is_good(margin=margin) else "unshown"
            if state == "unshown" and one.is_worse(margin=margin):
                state = "worse"
            kept = {key: value for key, value in asdict(one).items() if key not in ("answers", "sure")}
            rows.append({
                **kept, **self.rungs[one.name].to_json(), "state": state, "gain": one.gain,
                "rows_needed": one.rows_needed(margin=margin), "chosen": one.name == chosen.name,
                "runner_up": one.name == chosen.runner_up, "margin": margin, "cost": self.cost,
            })  # fmt: skip
        return rows


def _breaks_costs(one: Weighed) -> bool:
    return any(breach["limit"] in COSTS for breach in one.breaches)
