"""Labelled Chinese address texts made from general words and the country's divisions.

What the project ships may learn only from text that it makes itself, since the public corpora
state no licence. A weighted grammar (``geo/addressmaking``) puts together divisions, villages,
roads, numbers, places and what stands inside of them, in the orders and spellings that address
cells have, and mistypes some of it. The labels are those of the public corpora.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from geo.address_corpus import LabelledSpan, LabelledText
from geo.addressmaking.grammar import Function, Piece, read_grammar
from geo.addressmaking.mess import messy
from geo.addressmaking.places import Place, head, places, stem, town_stem
from geo.ports import ProgressListener

__all__ = ["generate"]

_HAN = "一二三四五六七八九十"
_STEP = 500  # texts between two reports of progress
_TAIL_SHARE = 0.97  # of addresses that do not end with a division
_NOTE_SHARE = 0.12
_SECOND_SHARE = 0.012
_SECOND_SIGNS = (
    "；",
    ";",
    "，现住",
    "现住址",
    "，现住址：",
    "现住",
    "、",
    "/",
    "，",
    "或",
    "，户籍地",
)


def generate(
    count: int, *, seed: int, progress: ProgressListener | None = None
) -> Iterator[LabelledText]:
    """Yield invented address texts with the labels of the public corpora.

    Parameters
    ----------
    count
        Number of texts.
    seed
        The same seed gives the same texts; a longer run begins with those of a shorter one.
    progress
        Told how many of the texts are made, every 500 texts and at the end.

    Examples
    --------
    >>> [row.spans[-1].end <= len(row.text) for row in generate(3, seed=1)]
    [True, True, True]
    """
    rng = random.Random(seed)  # noqa: S311
    for made in range(1, count + 1):
        yield _labelled(_address(rng))
        if progress is not None and (made % _STEP == 0 or made == count):
            progress(made, count)


def _address(rng: random.Random) -> list[Piece]:
    """Return the pieces of one cell: an address, seldom two."""
    pieces = _single(rng)
    if rng.random() < _SECOND_SHARE:
        pieces += [(rng.choice(_SECOND_SIGNS), "redundant"), *_single(rng)]
    return pieces


def _single(rng: random.Random) -> list[Piece]:
    """Return the pieces of one address."""
    place = places().draw(rng)
    functions = _functions(place)
    grammar = read_grammar()
    while True:
        pieces = head(place, rng)
        if not pieces or rng.random() < _TAIL_SHARE:
            pieces += grammar.pieces("tail", rng, functions=functions, region=place.region)
        if rng.random() < _NOTE_SHARE:
            pieces += grammar.pieces("end_note", rng, functions=functions, region=place.region)
        if pieces := messy(pieces, rng):
            return pieces


def _labelled(pieces: list[Piece]) -> LabelledText:
    spans: list[LabelledSpan] = []
    position = 0
    for text, label in pieces:
        end = position + len(text)
        if label and text:
            spans.append(LabelledSpan(label, position, end))
        position = end
    return LabelledText("".join(text for text, _ in pieces), tuple(spans))


def _functions(place: Place) -> dict[str, Function]:
    """Return what the grammar asks for by name, for an address in this place."""
    return _NUMBERS | {
        "province": lambda _: stem(place.province),
        "provincelong": lambda _: place.province,
        "city": lambda _: stem(place.city or place.county),
        "citylong": lambda _: place.city or place.county,
        "county": lambda _: stem(place.county or place.city),
        "countylong": lambda _: place.county or place.city,
        "town": lambda _: town_stem(place.town),
        "townlong": lambda _: place.town,
        "anytown": lambda rng: town_stem(rng.choice(places().towns)),
        "anycity": lambda rng: rng.choice(places().cities),
    }


def _han(value: int) -> str:
    """Return a number below 100 in Chinese.

    Examples
    --------
    >>> _han(3), _han(10), _han(21)
    ('三', '十', '二十一')
    """
    tens, ones = divmod(value, 10)
    text = "" if not tens else "十" if tens == 1 else f"{_HAN[tens - 1]}十"
    return text + (_HAN[ones - 1] if ones else "")


def _number(rng: random.Random) -> str:
    """Return a house number; small ones are the most frequent."""
    return str(max(1, int(rng.lognormvariate(4.6, 1.3)) % 3000))


def _house(rng: random.Random) -> str:
    return str(max(1, int(rng.lognormvariate(2.3, 1.0)) % 300))


def _room(rng: random.Random) -> str:
    if rng.random() < 0.06:
        return str(rng.randint(1, 60))
    floor = min(max(1, int(rng.lognormvariate(1.6, 0.8))), 45)
    return f"{floor}{rng.randint(1, 12):02d}"


def _digits(count: int) -> Function:
    return lambda rng: "".join(rng.choices("0123456789", k=count))


_NUMBERS: dict[str, Function] = {
    "number": _number,
    "house": _house,
    "room": _room,
    "numb": lambda rng: str(rng.randint(1, 30)),
    "digit": lambda rng: str(rng.randint(1, 9)),
    "small": lambda rng: str(min(rng.randint(1, 9), rng.randint(1, 9))),
    "unit": lambda rng: str(rng.randint(1, 9) if rng.random() < 0.85 else rng.randint(10, 99)),
    "group": lambda rng: str(min(rng.randint(1, 24), rng.randint(1, 24))),
    "floor": lambda rng: str(max(1, min(int(rng.lognormvariate(1.4, 0.8)), 60))),
    "han": lambda rng: _han(min(rng.randint(1, 16), rng.randint(1, 16), rng.randint(1, 16))),
    "hanfloor": lambda rng: _han(min(rng.randint(1, 12), rng.randint(1, 12))),
    "letter": lambda rng: rng.choice("AAAAAABBBBBBCCCCDDDEEFGHIJKLMXabcd"),
    "metres": lambda rng: str(rng.choice((10, 20, 30, 50, 80, 100, 150, 200, 300, 400, 500, 800))),
    "national": lambda rng: str(rng.randint(101, 330)),
    "provincial": lambda rng: str(rng.randint(1, 320)),
    "digits3": _digits(3),
    "digits5": _digits(5),
    "digits7": _digits(7),
    "digits10": _digits(10),
}
