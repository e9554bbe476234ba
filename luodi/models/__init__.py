"""Pretrained models: found, chosen, loaded, kept between stages."""

from luodi.models.choose import Choice, choose
from luodi.models.keep import keep, read_kept
from luodi.models.load import load
from luodi.models.sources import Source, find_source, is_installed
from luodi.models.stage import Run, Stage, apply, describe
from luodi.models.tokenizer import load_tokenizer
from luodi.models.zoo import ZOO, Entry

__all__ = [
    "ZOO", "Choice", "Entry", "Run", "Source", "Stage", "apply", "choose", "describe", "find_source", "is_installed",
    "keep", "load", "load_tokenizer", "read_kept",
]  # fmt: skip
