"""Keeps foreign libraries from talking over our own progress."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TALKERS = ("transformers", "huggingface_hub", "torch.onnx", "onnxscript", "onnx_ir")


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back warnings and log lines of the libraries that load and export models, and their bars."""
    from transformers.utils import logging as chatter

    levels = {name: logging.getLogger(name).level for name in _TALKERS}
    had_bars = chatter.is_progress_bar_enabled()
    for name in _TALKERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    chatter.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if had_bars:
            chatter.enable_progress_bar()
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
