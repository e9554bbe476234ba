"""What is wrong with the rows, in words that their owner can act on."""

from luodi.auditing import checks
from luodi.auditing.audit import Audited, audit
from luodi.auditing.check import Check, check
from luodi.auditing.evidence import Evidence
from luodi.auditing.finding import Finding, Fix, Suspect
from luodi.auditing.opinion import Opinion, opinion_of

__all__ = [
    "Audited", "Check", "Evidence", "Finding", "Fix", "Opinion", "Suspect", "audit", "check", "checks", "opinion_of",
]  # fmt: skip
