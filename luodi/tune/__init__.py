"""Fine-tuning: one loop, and the ways to say which weights learn."""

from luodi.tune.attached import Attached
from luodi.tune.finetune import Finetune
from luodi.tune.full import Full
from luodi.tune.tuner import Tuner

__all__ = ["Attached", "Finetune", "Full", "Tuner"]
