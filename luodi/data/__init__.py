"""Labelled text: read, held, split, put into batches."""

from luodi.data.dataset import Dataset, Example, concatenate
from luodi.data.split import Leaks, Split, find_leaks, given, hold_out, split

__all__ = ["Dataset", "Example", "Leaks", "Split", "concatenate", "find_leaks", "given", "hold_out", "split"]
