"""A store with answers and keys in it, as the console's pages find them."""

import pytest

from luodi.store import Answered

NOW = 1_800_000_000.0


@pytest.fixture
def answered():
    """Make an answer: ``answered(place, **fields)``."""

    def make(place, **fields):
        about = {
            "id": f"r-{place}", "at": NOW - 60.0 * place, "model": "tiny", "bundle": "f" * 16, "tier": "model",
            "text": f"text {place}", "answers": {"mood": {"label": "good", "probability": 0.9}}, "probability": 0.9,
            "abstained": False, "seconds": 0.004, "n_tokens": 3, "request": "r",
        }  # fmt: skip
        return Answered(**{**about, **fields})

    return make
