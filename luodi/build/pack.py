"""Turns a finished model into the files that ship: exported, at a precision chosen by measuring, calibrated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.bundle import calibrate, export, parity
from luodi.bundle.quantize import Choice, choose_precision
from luodi.tasks.classify import softmax
from luodi.tune.evaluate import logits_of
from luodi.tune.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from luodi.budget import Parity
    from luodi.data import Dataset
    from luodi.models.model import Model
    from luodi.progress import Progress
