"""Walks protocol-buffer bytes field by field, without the package that defines their meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5


def walk(raw: memoryview) -> Iterator[tuple[int, int, int | memoryview]]:
    r"""Give each field of one message as (number, wire type, value), in order of the bytes.

    A length-delimited value is a view into the same bytes, nothing is copied; fixed-width values come as views too.

    Raises:
        ValueError: the bytes are no message: cut short, a group, a number out of range.

    >>> [(number, bytes(value)) for number, _, value in walk(memoryview(b"\x12\x02hi"))]
    [(2, b'hi')]

    Source: https://protobuf.dev/programming-guides/encoding/
    """
    place, end = 0, len(raw)
    while place < end:
        key, place = _varint(raw, place)
        number, wire = key >> 3, key & 7
        if not 1 <= number < 1 << 29:
            raise ValueError(f"field number {number}")
        if wire == VARINT:
            value, place = _varint(raw, place)
            yield number, wire, value
            continue
        if wire == LENGTH:
            size, place = _varint(raw, place)
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
        else:
            raise ValueError(f"wire type {wire}")
        if size > end - place:
            raise ValueError("cut short")
        yield number, wire, raw[place : place + size]
        place += size


def _varint(raw: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(raw):
            raise ValueError("cut short")
        byte = raw[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, place
    raise ValueError("a number of more than ten bytes")
