"""What is read by people: the report's page and the card, drawn from ``report.json``."""

from luodi.report.card import card
from luodi.report.page import render

__all__ = ["card", "render"]
