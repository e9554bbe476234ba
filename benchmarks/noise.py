"""Labels made wrong by confusion, as benchmarks need them: which rows and which labels, told exactly."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from facts import SHARED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from luodi.data import Dataset

#: Words, and single Chinese signs: not the runs of characters that the audit reads.
WORD = r"[a-zA-Z0-9']+|[\u4e00-\u9fff]"
#: Sets on which the method was chosen, and sets on which it is tested.
CHOSEN_ON, TESTED_ON = ("finance", "inews", "snips"), ("banking77", "waimai")


def read_set(name: str) -> Dataset:
    """Read a set; of inews the titles of its training part."""
    from luodi.data import Dataset, read, read_inews

    if name == "inews":
        return read_inews()["train"]
    if name == "snips":
        import json

        rows = [json.loads(line) for line in (SHARED / "snips/train.jsonl").read_text("utf-8").splitlines()]
        return Dataset.of([row["text"] for row in rows], {"intent": [row["intent"] for row in rows]})
    files = {"finance": "finance_news_seed.xlsx", "waimai": "waimai_10k.csv", "banking77": "banking77_train.csv"}
    return read(SHARED / files[name])


def codes(data: Dataset) -> tuple[list[str], NDArray[np.int64]]:
    """Number the labels of the only head by name."""
    column = [str(label) for label in next(iter(data.labels.values()))]
    names = sorted(Counter(column))
    return names, np.array([names.index(label) for label in column], np.int64)


def confusion(texts: Sequence[str], targets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give for each label what a model of another kind takes its rows for, (K, K), rows adding up to 1, diagonal 0.

    The other model: multinomial naive Bayes (alpha 0.1) on the presence of words, learned from the labels as they came,
    five stratified folds; row i of the table is the mean of its out-of-fold probabilities over the rows of label i.
    """
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.naive_bayes import MultinomialNB

    words = CountVectorizer(token_pattern=WORD, min_df=2, binary=True).fit_transform(texts)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    said = cross_val_predict(MultinomialNB(alpha=0.1), words, targets, cv=folds, method="predict_proba")
    table = np.stack([said[targets == label].mean(axis=0) for label in range(said.shape[1])])
    np.fill_diagonal(table, 0.0)
    return table / table.sum(axis=1, keepdims=True)


def flip(targets: NDArray[np.int64], table: NDArray[np.float64], *, rate: float, seed: int) -> NDArray[np.int64]:
    """Give a share of the rows, drawn evenly, another label, drawn from its label's row of the table."""
    rng = np.random.default_rng(seed)
    flipped = targets.copy()
    for row in rng.choice(len(targets), round(rate * len(targets)), replace=False):
        flipped[row] = rng.choice(len(table), p=table[targets[row]])
    return flipped
