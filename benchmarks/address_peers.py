"""Other address parsers, cpca and jionlp, with their answers turned into spans.

Both return names, not places in the text: normalised, and with larger divisions filled in that
the text never had. Each name is looked for in the text as it may stand there, whole or as a
stem of two characters and more. Where several readings of one name are possible and one of
them is a gold span, that one is counted; a name that the text has not is left out. So a peer
is never charged for a form of its answer, only for its cut.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from geo.address_corpus import LabelledText
from geo.address_scores import Span, gold_spans
from geo.model import AddressLevel, ParsedAddress

__all__ = ["PEERS", "Peer", "load", "read_alike"]

_L = AddressLevel
_MUNICIPALITIES = ("北京市", "上海市", "天津市", "重庆市")


@dataclass(frozen=True, slots=True)
class Peer:
    """One other parser.

    Parameters
    ----------
    name
        As in the names of figures.
    levels
        Levels that it produces.
    run
        Parses a batch in the quickest way that yields all these levels; for the clock.
    spans
        Spans of one text, read in the way kindest to the peer.
    """

    name: str
    levels: frozenset[AddressLevel]
    run: Callable[[Sequence[str]], object]
    spans: Callable[[LabelledText], frozenset[Span]]


def load(name: str) -> Peer:
    """Import a peer; what it prints on the way goes to standard error.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = importlib.import_module(name)
        peer = PEERS[name](module)
        peer.run(("福建省泉州市洛江区万安街道",))  # loads its dictionaries
    return peer


def read_alike(
    row: LabelledText, parsed: ParsedAddress, levels: frozenset[AddressLevel]
) -> frozenset[Span]:
    """Return our one name a level, read in the text as the peers' names are."""
    names = [(level, parsed.get(level)) for level in AddressLevel if level in levels]
    return frozenset(_placed(row, names, len(row.text)))


def _cpca(module: Any) -> Peer:
    columns = ((_L.PROVINCE, "省"), (_L.CITY, "市"), (_L.COUNTY, "区"))

    def spans(row: LabelledText) -> frozenset[Span]:
        answer = module.transform([row.text], pos_sensitive=True).iloc[0]
        names = [
            (level, answer[column] if answer[f"{column}_pos"] >= 0 else None)
            for level, column in columns
        ]
        return frozenset(_placed(row, names, len(row.text)))

    return Peer("cpca", frozenset(level for level, _ in columns), module.transform, spans)


def _jionlp(module: Any) -> Peer:
    upper = ((_L.PROVINCE, "province"), (_L.CITY, "city"), (_L.COUNTY, "county"))
    lower = ((_L.TOWNSHIP, "town"), (_L.VILLAGE, "village"))

    def run(texts: Sequence[str]) -> object:
        return [module.parse_location(text, town_village=True) for text in texts]

    def spans(row: LabelledText) -> frozenset[Span]:
        answer = module.parse_location(row.text, town_village=True)
        detail = answer["detail"]
        # Province to county stand before the rest that it hands back.
        head = len(row.text) - len(detail) if row.text.endswith(detail) else len(row.text)
        found = list(_placed(row, [(level, answer.get(key)) for level, key in upper], head))
        if answer.get("county") and not any(level is _L.COUNTY for level, _, _ in found):
            found.extend(_renamed_county(row, found, head))
        found.extend(
            _placed(row, [(level, answer.get(key)) for level, key in lower], len(row.text))
        )
        return frozenset(found)

    return Peer("jionlp", frozenset(level for level, _ in (*upper, *lower)), run, spans)


PEERS: dict[str, Callable[[Any], Peer]] = {"cpca": _cpca, "jionlp": _jionlp}


def _placed(
    row: LabelledText, names: Sequence[tuple[AddressLevel, str | None]], end: int
) -> tuple[Span, ...]:
    """Return the span of each name that ``text[:end]`` has, in any form."""
    gold = gold_spans(row)
    placed: list[Span] = []
    for level, name in names:
        if not name:
            continue
        readings = list(_readings(row.text[:end], level, name))
        if level is _L.PROVINCE and name in _MUNICIPALITIES:
            # A municipality is a city in the corpora; the peers name it as a province too.
            readings = [*_readings(row.text[:end], _L.CITY, name), *readings]
        agreed = [span for span in readings if span in gold]
        free = [span for span in readings if not any(_overlap(span, other) for other in placed)]
        placed += agreed[:1] or free[:1]
    return tuple(placed)


def _overlap(one: Span, other: Span) -> bool:
    return one[1] < other[2] and other[1] < one[2]


def _readings(text: str, level: AddressLevel, name: str) -> Iterator[Span]:
    """Yield where a name may stand in a text, its longest form first, each from the left."""
    for length in range(len(name), 1, -1):
        form = name[:length]
        start = text.find(form)
        while start >= 0:
            yield level, start, start + length
            start = text.find(form, start + 1)


def _renamed_county(row: LabelledText, found: Sequence[Span], head: int) -> Iterator[Span]:
    """Yield what stands between the city and the rest: a county that has a new name by now."""
    start = max((end for _, _, end in found), default=0)
    name = row.text[start:head].strip()
    if len(name) > 1:
        start = row.text.index(name, start)
        yield _L.COUNTY, start, start + len(name)
