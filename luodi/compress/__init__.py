"""Stages that make a model smaller; each is one file."""

from luodi.compress.distill import Distill
from luodi.compress.trim_vocab import TrimVocab

__all__ = ["Distill", "TrimVocab"]
