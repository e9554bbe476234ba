"""What models that never saw a row say of its label, and how suspect that makes it."""

from luodi.auditing.opinion.opinion import Opinion, opinion_of
from luodi.auditing.opinion.suspicion import suspicion

__all__ = ["Opinion", "opinion_of", "suspicion"]
