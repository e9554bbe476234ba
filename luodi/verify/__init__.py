"""Measuring what was made, and holding it against something else."""

from luodi.verify.baseline import Baseline, fit_baseline
from luodi.verify.compare import Comparison, paired, rows_to_show
from luodi.verify.evaluate import evaluate
from luodi.verify.measure import Measured, measure
from luodi.verify.verdict import verdict

__all__ = [
    "Baseline",
    "Comparison",
    "Measured",
    "evaluate",
    "fit_baseline",
    "measure",
    "paired",
    "rows_to_show",
    "verdict",
]
