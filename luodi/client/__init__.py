"""Asks a service that runs elsewhere; what it answers is what the bundle answers here."""

from luodi.client.client import Client
from luodi.client.refusals import Refused, Unreachable
from luodi.client.replies import Replied

__all__ = ["Client", "Refused", "Replied", "Unreachable"]
