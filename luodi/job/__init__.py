"""From rows to a bundle that has proved itself, and the proof again elsewhere."""

from luodi.job.build import Built, build
from luodi.job.forecast import forecast
from luodi.job.recheck import Rechecked, recheck

__all__ = ["Built", "Rechecked", "build", "forecast", "recheck"]
