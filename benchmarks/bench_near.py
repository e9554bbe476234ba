"""Sets the search for near-duplicates beside every pair compared, then beside ``datasketch``: quality first, then time.

    pip install datasketch
    python benchmarks/bench_near.py [--rounds 3] [--million]

Quality: pairs of 20,000 texts with a Jaccard of three-character shingles of at least 0.8, all found by multiplying
sparse matrices. Time: 100,000 short texts, strings in, groups out, normal form and shingles included; each run is a
process of its own that is held on one core, luodi and datasketch in turn. datasketch: ``MinHash.bulk`` with 128
permutations, ``MinHashLSH`` at 0.8, one query a text, whose answers are not even checked. Texts: take-away reviews,
bank questions, commands, headlines and sentences of the news; in the million, besides, edited copies of a tenth of
them and sentences put together from halves of two. Seconds are of the processor, as others may use the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from facts import SHARED, write

from luodi.data import near_groups, read, read_inews
from luodi.data.near import SHORTEST, near_pairs, normal_form

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

THRESHOLD = 0.8
_FILES = ("waimai_10k.csv", "banking77_train.csv", "banking77_test.csv", "finance_news_seed.xlsx")
_SAMPLED = 300


def short_texts() -> list[str]:
    """Give about 54,000 real short texts, shuffled."""
    texts = [text for name in _FILES for text in read(SHARED / name).texts]
    texts += [text for part in read_inews().values() for text in part.texts]
    with (SHARED / "snips" / "train.jsonl").open(encoding="utf-8") as lines:
        texts += [json.loads(line)["text"] for line in lines]
    random.Random(5).shuffle(texts)
    return texts


def sentences() -> list[str]:
    """Give some 170,000 sentences of the news."""
    whole = [text for part in read_inews(content=True).values() for text in part.texts]
    cut = [piece.strip() for text in whole for piece in re.split("(?<=[。！？!?\n])", text)]
    return [piece for piece in cut if len(piece) >= 6]


def edited(texts: Sequence[str], n: int) -> list[str]:
    """Copy n of the texts with one to four characters put in, changed or left out."""
    rng, letters, copies = random.Random(6), "".join(texts[:500]), []
    for _ in range(n):
        signs = list(rng.choice(texts))
        for _ in range(rng.choice([1, 1, 1, 2, 2, 3, 4])):
            place = rng.randrange(len(signs) + 1)
            signs[place : place + rng.randrange(2)] = rng.choice(["", rng.choice(letters)])
        copies.append("".join(signs))
    return copies


def a_million() -> list[str]:
    """Give 1,000,000 texts: the real ones, edited copies, and what halves of two real ones make."""
    rng = random.Random(7)
    kinds = (short_texts(), sentences())
    texts = list(dict.fromkeys(kinds[0] + kinds[1]))
    texts += edited(texts, 100_000)
    while len(texts) < 1_000_000:
        one, other = rng.choices(kinds[rng.random() < 0.6], k=2)
        texts.append(one[: rng.randrange(len(one) + 1)] + other[rng.randrange(len(other) + 1) :])
    rng.shuffle(texts)
    return texts


def shingles(form: str) -> set[str]:
    """Cut a text in normal form."""
    return {form[at : at + 3] for at in range(len(form) - 2)}


def every_pair(forms: Sequence[str], rows: NDArray[np.int64], *, block: int = 500) -> set[tuple[int, int]]:
    """Find all near pairs that hold one of these rows, by counting what it shares with every text."""
    from scipy import sparse

    known: dict[str, int] = {}
    columns, ends = [], [0]
    for form in forms:
        columns.append(np.array([known.setdefault(one, len(known)) for one in shingles(form)], np.int32))
        ends.append(ends[-1] + len(columns[-1]))
    held = sparse.csr_matrix((np.ones(ends[-1], np.int32), np.concatenate(columns), ends), (len(forms), len(known)))
    turned, sizes = held.T.tocsr(), np.diff(ends)
    found: set[tuple[int, int]] = set()
    for start in range(0, len(rows), block):
        common = (held[rows[start : start + block]] @ turned).tocoo()
        one, other = rows[start : start + block][common.row], common.col
        near = (common.data / (sizes[one] + sizes[other] - common.data) >= THRESHOLD) & (one != other)
        found |= set(zip(np.minimum(one, other)[near].tolist(), np.maximum(one, other)[near].tolist(), strict=True))
    return found


def by_datasketch(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Find pairs of texts with datasketch: what its index answers for each, rows of first occurrence."""
    from datasketch import MinHash, MinHashLSH

    first: dict[str, int] = {}
    for row, text in enumerate(texts):
        first.setdefault(normal_form(text), row)
    forms = {form: row for form, row in first.items() if len(form) >= SHORTEST}
    sketches = MinHash.bulk([[one.encode() for one in shingles(form)] for form in forms], num_perm=128)
    index = MinHashLSH(threshold=THRESHOLD, num_perm=128)
    with index.insertion_session() as session:
        for row, sketch in zip(forms.values(), sketches, strict=True):
            session.insert(row, sketch)
    asked = zip(forms.values(), sketches, strict=True)
    return [(row, other) for row, sketch in asked for other in index.query(sketch) if row < other]


def quality(texts: Sequence[str]) -> dict[str, Any]:
    """Compare both with all pairs of distinct texts."""
    first: dict[str, int] = {}
    for row, text in enumerate(texts):
        first.setdefault(normal_form(text), row)
    forms = [form for form in first if len(form) >= SHORTEST]
    rows = [first[form] for form in forms]
    truth = {(rows[one], rows[other]) for one, other in every_pair(forms, np.arange(len(forms)))}
    figures: dict[str, Any] = {"texts": len(texts), "compared": len(forms), "true_pairs": len(truth)}
    for name, pairs in (("luodi", near_pairs(texts).tolist()), ("datasketch", by_datasketch(texts))):
        found = set(map(tuple, pairs))
        figures[name] = {
            "pairs": len(found),
            "recall": round(len(found & truth) / max(1, len(truth)), 4),
            "precision": round(len(found & truth) / max(1, len(found)), 4),
        }
    return figures


class Dots:
    """Draws how far the work is: a line for each tenth."""

    def note(self, text: str) -> None:
        """Say a sentence."""
        print(text, file=sys.stderr)

    @contextmanager
    def work(self, title: str, *, total: int | None, unit: str) -> Iterator[Dots]:
        """Begin a piece of work."""
        self.title, self.total, self.done, self.unit = title, total or 1, 0, unit
        yield self

    def advance(self, n: int = 1, **_: float | str) -> None:
        """Tell of each tenth that is done."""
        before, self.done = self.done, self.done + n
        if self.done * 10 // self.total > before * 10 // self.total:
            print(f"{self.title}: {self.done:,} of {self.total:,} {self.unit}", file=sys.stderr, flush=True)


def measure(how: str, path: Path) -> dict[str, Any]:
    """Search a file of texts in this process, on one core."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with path.open(encoding="utf-8") as lines:
        texts = [json.loads(line) for line in lines]
    if how == "sampled":
        return sampled(texts)
    if how == "datasketch":
        import datasketch  # noqa: F401  (its import is no part of the search)
    before, wall, cpu = _peak_mib(), time.perf_counter(), time.process_time()
    if how == "luodi":
        found = {"groups": len(np.unique(near_groups(texts, progress=Dots() if len(texts) > 500_000 else None)))}
    else:
        found = {"pairs": len(by_datasketch(texts))}
    return {
        "how": how, "texts": len(texts), **found, "cpu_s": round(time.process_time() - cpu, 2),
        "wall_s": round(time.perf_counter() - wall, 2), "peak_mib": round(_peak_mib()),
        "peak_before_mib": round(before),
    }  # fmt: skip


def sampled(texts: Sequence[str]) -> dict[str, Any]:
    """Compare a few texts of very many with all others, to see what the search missed of their pairs."""
    forms = [form for form in dict.fromkeys(map(normal_form, texts)) if len(form) >= SHORTEST]
    rows = np.sort(np.random.default_rng(0).choice(len(forms), _SAMPLED, replace=False))
    truth, asked = every_pair(forms, rows, block=20), set(rows.tolist())
    found = {(one, other) for one, other in near_pairs(forms).tolist() if one in asked or other in asked}
    return {
        "sampled": _SAMPLED, "true_pairs": len(truth), "recall": round(len(found & truth) / max(1, len(truth)), 4),
        "precision": round(len(found & truth) / max(1, len(found)), 4),
    }  # fmt: skip


def _peak_mib() -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8")  # ru_maxrss would count the parent's memory too
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _in_child(how: str, path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, "--one", how, str(path)], stdout=subprocess.PIPE, check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    figures: dict[str, Any] = json.loads(done.stdout)
    print(figures, file=sys.stderr, flush=True)
    return figures


def _write(path: Path, texts: Sequence[str]) -> Path:
    with path.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(text) + "\n" for text in texts)
    return path


def beside(texts: Sequence[str], rounds: int, folder: Path) -> dict[str, Any]:
    """Time both on the same texts, in turn."""
    path = _write(folder / "texts.jsonl", texts)
    runs = [_in_child(how, path) for _ in range(rounds) for how in ("luodi", "datasketch")]
    median = {
        how: float(np.median([run["cpu_s"] for run in runs if run["how"] == how])) for how in ("luodi", "datasketch")
    }
    return {
        "texts": len(texts), "characters_mean": round(sum(map(len, texts)) / len(texts), 1), "runs": runs,
        "median_cpu_s": median, "times_as_fast": round(median["datasketch"] / median["luodi"], 1),
    }  # fmt: skip


def main() -> None:
    """Compare quality, then time; print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--million", action="store_true", help="also search a million texts")
    parser.add_argument("--one", nargs=2, metavar=("HOW", "FILE"), help="one search, in this process")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one[0], Path(options.one[1]))))
        return
    try:
        from datasketch import __version__ as peer
    except ImportError:
        sys.exit("the peer is missing: pip install datasketch")
    short = short_texts()
    rng = random.Random(8)
    figures: dict[str, Any] = {"datasketch": peer, "threshold": THRESHOLD, "quality": {}}
    sets = {
        "real": short[:20_000],
        "with edited copies": short[:10_000] + edited(short[:10_000], 10_000),
        "one template": [
            f"尊敬的客户您好，您的订单{rng.randrange(10**8):08d}已发货，请注意查收" for _ in range(20_000)
        ],
    }
    for name, texts in sets.items():
        figures["quality"][name] = quality(texts)
        print(name, figures["quality"][name], file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        figures["beside"] = beside((short + sentences())[:100_000], options.rounds, Path(folder))
        if options.million:
            path = _write(Path(folder) / "million.jsonl", a_million())
            figures["million"] = {**_in_child("luodi", path), **_in_child("sampled", path)}
    write("near", figures)


if __name__ == "__main__":
    main()
