"""Labelled text: read, held, split, put into batches."""

from luodi.data.dataset import Dataset, Example, concatenate

__all__ = ["Dataset", "Example", "concatenate"]
