"""Writes JSON that every reader takes: no NaN, no infinity, halves of characters escaped."""

from __future__ import annotations

import json
import math
import re
from typing import Any

_SURROGATES = re.compile("[\ud800-\udfff]")


def write_json(value: Any, *, indent: int | None = None) -> str:
    r"""Write plain values as JSON; what is no number becomes null, a lone surrogate its escape.

    >>> write_json({"a": float("nan"), "b": ["\ud800好", 1.5]})
    '{"a": null, "b": ["\\ud800好", 1.5]}'
    """
    return _SURROGATES.sub(
        lambda half: f"\\u{ord(half[0]):04x}", json.dumps(_finite(value), ensure_ascii=False, indent=indent)
    )


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value
