"""Prints the most suspect labels of a set as it comes, for a person to read.

    python benchmarks/top_suspects.py FILE [N]

One row a line: rank, origin, suspicion, label, the label proposed, text. What was found in them stands in docs/log.md.
"""

from __future__ import annotations

import sys

from luodi.auditing.opinion.opinion import opinion_of
from luodi.auditing.opinion.suspicion import suspicion
from luodi.data import near_groups, read


def main() -> None:
    """Rank the rows of a file and print the first."""
    data = read(sys.argv[1])
    most = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    labels = next(iter(data.labels.values()))
    opinion = opinion_of(data.texts, labels, groups=near_groups(data.texts))
    scores, proposed = suspicion(opinion.probabilities, opinion.targets)
    for rank, row in enumerate((-scores).argsort(kind="stable")[:most], 1):
        text = " ".join(data.texts[row].split())
        print(rank, data.origin(row), f"{scores[row]:.3f}", f"{labels[row]} -> {opinion.labels[proposed[row]]}", text)


if __name__ == "__main__":
    main()
