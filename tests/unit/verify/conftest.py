"""A predictor that needs no model: it looks for words, at a price in seconds that a clock of our own counts."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from luodi.tasks import Classify, Label, Prediction, Task

HEAD = "情感"
LABELS = ("负面", "正面")


@dataclass
class Clock:
    """Seconds that pass only when somebody spends them."""

    now: float = 0.0

    def __call__(self):
        return self.now


@dataclass
class WordFinder:
    """Answers 正面 where a good word stands; takes 1 ms a text, every tenth call 10 ms more."""

    clock: Clock = field(default_factory=Clock)
    good: tuple[str, ...] = ("好", "快", "满意", "great")
    sureness: float = 0.9
    n_calls: int = 0

    def predict(self, texts):
        self.n_calls += 1
        self.clock.now += 0.001 * len(texts) + (0.010 if self.n_calls % 10 == 0 else 0.0)
        return [Prediction({HEAD: self._answer(text)}) for text in texts]

    def _answer(self, text):
        place = int(any(word in text for word in self.good))
        row = np.full(2, 1 - self.sureness, np.float32)
        row[place] = self.sureness
        return Label(LABELS[place], self.sureness, row)


@pytest.fixture(scope="session")
def make_finder():
    """The class, for tests that need one of their own kind."""
    return WordFinder


@pytest.fixture
def finder():
    return WordFinder()


@pytest.fixture
def task():
    return Task((Classify(HEAD, LABELS),))


@pytest.fixture(scope="session")
def predictions():
    """Make a prediction of each label that is handed in."""

    def make(answers, probabilities=None):
        sure = probabilities if probabilities is not None else [0.8] * len(answers)
        return [
            Prediction({HEAD: Label(answer, float(p), np.array([1 - p, p], np.float32))})
            for answer, p in zip(answers, sure, strict=True)
        ]

    return make
