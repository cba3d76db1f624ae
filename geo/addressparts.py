"""What a parsed address holds, as columns: one text a level, and what no level took."""

from __future__ import annotations

from geo.model import AddressLevel, ParsedAddress

__all__ = ["dropped_texts", "texts_by_level", "unread_texts"]

_JOIN = "；"


def texts_by_level(parsed: ParsedAddress) -> dict[AddressLevel, str]:
    """Return the text of each level that was found; several of one level are joined by ；.

    Examples
    --------
    >>> from geo.addresses import parse
    >>> found = texts_by_level(parse("河埔镇前洋村中山路128号"))
    >>> [(level.value, text) for level, text in found.items()]
    [('township', '河埔镇'), ('village', '前洋村'), ('road', '中山路'), ('number', '128号')]
    """
    found: dict[AddressLevel, str] = {}
    for part in parsed.parts:
        before = found.get(part.level)
        found[part.level] = part.text if before is None else f"{before}{_JOIN}{part.text}"
    return found


def dropped_texts(parsed: ParsedAddress) -> tuple[str, ...]:
    """Return what was set aside as no address: names, telephone numbers, notes."""
    texts = (parsed.text[start:end].strip() for start, end in parsed.dropped)
    return tuple(text for text in texts if text)


def unread_texts(parsed: ParsedAddress) -> tuple[str, ...]:
    """Return the stretches that are neither part nor dropped and hold a letter or digit."""
    spans = sorted([*((part.start, part.end) for part in parsed.parts), *parsed.dropped])
    found: list[str] = []
    position = 0
    for start, end in [*spans, (len(parsed.text), len(parsed.text))]:
        stretch = parsed.text[position:start]
        if any(map(str.isalnum, stretch)):
            found.append(stretch.strip())
        position = max(position, end)
    return tuple(found)
