"""The folder that ships: exported, quantized, calibrated, written, read back, run."""

from luodi.bundle.bundle import Bundle
from luodi.bundle.calibrate import calibrate, temperature
from luodi.bundle.export import export
from luodi.bundle.manifest import Contents, Feeding, Limits, Manifest, Tier
from luodi.bundle.parity import parity
from luodi.bundle.quantize import Candidate, Choice, choose_precision
from luodi.bundle.reader import read_bundle
from luodi.bundle.replace import require_replaceable
from luodi.bundle.runner import Runner, load, open_predictor
from luodi.bundle.writer import Draft

__all__ = [
    "Bundle", "Candidate", "Choice", "Contents", "Draft", "Feeding", "Limits", "Manifest", "Runner", "Tier",
    "calibrate", "choose_precision", "export", "load", "open_predictor", "parity", "read_bundle",
    "require_replaceable", "temperature",
]  # fmt: skip
