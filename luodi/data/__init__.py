"""Labelled text: read, held, split, put into batches."""

from luodi.data.batches import padding_share, token_batches
from luodi.data.clean import CLEANERS, clean, cleaned, known_cleaners
from luodi.data.columns import Columns, Wanted, recognise
from luodi.data.dataset import Dataset, Example, concatenate
from luodi.data.inews import read_inews
from luodi.data.leaks import Leaks, find_leaks
from luodi.data.near import near_groups
from luodi.data.pair import halves, pair
from luodi.data.parts import find_parts, read_parts
from luodi.data.personal import Personal, find_personal, mask_personal
from luodi.data.read import pair_text, read, row_text
from luodi.data.split import Split, given, hold_out, split
from luodi.data.tables import Row, Table, open_table

__all__ = [
    "CLEANERS",
    "Columns",
    "Dataset",
    "Example",
    "Leaks",
    "Personal",
    "Row",
    "Split",
    "Table",
    "Wanted",
    "clean",
    "cleaned",
    "concatenate",
    "find_leaks",
    "find_parts",
    "find_personal",
    "given",
    "halves",
    "hold_out",
    "known_cleaners",
    "mask_personal",
    "near_groups",
    "open_table",
    "padding_share",
    "pair",
    "pair_text",
    "read",
    "read_inews",
    "read_parts",
    "recognise",
    "row_text",
    "split",
    "token_batches",
]
