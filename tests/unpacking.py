"""What packed bytes hold: a mark that is compressed is not seen in them, but can be read."""

from __future__ import annotations

import re
import zlib

__all__ = ["unpacked"]

_HEADS = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
"""The first bytes of what zlib packed, at its four kinds of level."""

_STEP = 256
"""Bytes at a time, so that what stands before a cut is found."""


def unpacked(held: bytes) -> bytes:
    """Return bytes with all that can be unpacked in them, also where a page cuts it off.

    Examples
    --------
    >>> b"a mark" in unpacked(b"before" + zlib.compress(b"a mark " * 99)[:20])
    True
    """
    found = [held]
    for head in _HEADS.finditer(held):
        begun = zlib.decompressobj()
        for at in range(head.start(), len(held), _STEP):
            try:
                found.append(begun.decompress(held[at : at + _STEP]))
            except zlib.error:
                break
            if begun.eof:
                break
    return b"\n".join(found)
