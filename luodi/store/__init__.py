"""What was asked, what was answered, what was right: kept on disk, and found again."""

from luodi.store.answered import Answered, Correction, Kept
from luodi.store.keys import SCOPES, Key, KeyRing
from luodi.store.retention import Retention, Tidied
from luodi.store.store import Store, open_store, store_place
from luodi.store.tally import Tally
from luodi.store.wanted import Wanted

__all__ = [
    "SCOPES",
    "Answered",
    "Correction",
    "Kept",
    "Key",
    "KeyRing",
    "Retention",
    "Store",
    "Tally",
    "Tidied",
    "Wanted",
    "open_store",
    "store_place",
]
