"""What a right answer is, and how good answers are."""

from luodi.tasks.classify import Classify, Label
from luodi.tasks.prediction import Prediction, Predictor
from luodi.tasks.task import Answer, Head, Task, head_kinds, holding, judged, kind_name, rate, read_task

__all__ = [
    "Answer",
    "Classify",
    "Head",
    "Label",
    "Prediction",
    "Predictor",
    "Task",
    "head_kinds",
    "holding",
    "judged",
    "kind_name",
    "rate",
    "read_task",
]
