"""Stages that make a model smaller; each is one file."""

from luodi.compress.bag import Bag
from luodi.compress.distill import Distill
from luodi.compress.factorise import Factorise
from luodi.compress.prune import Prune
from luodi.compress.trim_vocab import TrimVocab

__all__ = ["Bag", "Distill", "Factorise", "Prune", "TrimVocab"]
