"""Search for a name by a part of it, by its pinyin or by its initials, with nothing readable kept.

For each name keyed hashes of its parts are kept (a blind index), beside the hash of the whole by
which debtors have it. What a search finds is decrypted and compared, so that a part that only
looks alike, or whose short hash is another's too, is left out.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice, pairwise, product
from operator import add

import numpy as np
from sqlalchemy import Connection, delete, func, select

from data.crypto import FieldCipher
from data.postgres import add_new_rows
from data.schema import DebtorRow, NamePartRow
from data.upsert import held_keys, table_of
from data.upsert import parts_of as keys_in_parts
from data.work import Work
from routes.model import DebtorId

__all__ = [
    "KnownParts",
    "LaterNames",
    "find_names",
    "forget_names",
    "hashed_parts",
    "index_all",
    "index_names",
    "parts_of",
]

_TABLE, _DEBTORS = table_of(NamePartRow), table_of(DebtorRow)
_AT_ONCE = 50  # in one statement, which takes half as long as so many
_MANY = 50_000
"""Rows that are made ready together, and from which on a copy is worth a table of its own."""

_LETTERS = re.compile(r"[a-z]+")
_LETTERS_AND_NUMBER = re.compile(r"[a-z]+[0-9]+")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
"""Texts of characters that have no other form."""

_PAIR, _SOUND, _INITIALS = _KINDS = "pair", "sound", "initials"
_MOST_READINGS = 4  # of a name with characters that are read in several ways
_MOST_CHARACTERS = 40
_A_PERSONS = 6  # characters of a name that is read with care
_MOST_COMPARED = 500
_MOST_NAMES = 20_000
_FEWEST_LETTERS = 2


def parts_of(name: str) -> frozenset[tuple[str, str]]:
    """Return the parts by which a name is found: kind and text.

    Every two neighbouring characters; how the whole and every two neighbours sound; and the
    initials of the whole. Of a person's name also each end of it from two characters on, and
    each way in which it may be read; a company's has many characters and is read in one way.

    Examples
    --------
    >>> sorted(text for kind, text in parts_of("张建国") if kind == "sound")
    ['jianguo', 'zhangjian', 'zhangjianguo']
    """
    texts = zip(_KINDS, _texts_of(name), strict=True)
    return frozenset((kind, text) for kind, own in texts for text in own)


def _texts_of(name: str) -> tuple[set[str], ...]:
    """Return the texts of a name's parts, by kind."""
    plain = _plain(name)[:_MOST_CHARACTERS]
    short = len(plain) <= _A_PERSONS
    begins = range(max(1, len(plain) - 1) if short else 1)
    heard: set[str] = set()
    initials: set[str] = set()
    for sounds in islice(product(*map(_sounds, plain)), _MOST_READINGS if short else 1):
        heard.update(map(add, sounds, sounds[1:]))
        firsts = [sound[:1] for sound in sounds]
        for begin in begins:
            heard.add("".join(sounds[begin:]))
            initials.add("".join(firsts[begin:]))
    return set(map(add, plain, plain[1:])), heard, initials


@dataclass(slots=True)
class KnownParts:
    """Parts of names that were hashed before: names recur, and most of their parts do."""

    names: dict[str, bytes] = field(default_factory=dict)
    parts: tuple[dict[str, int], ...] = field(default_factory=lambda: tuple({} for _ in _KINDS))
    """By kind, the number of each text."""


def hashed_parts(
    cipher: FieldCipher, names: Iterable[str], known: KnownParts | None = None
) -> dict[str, bytes]:
    """Return the parts of names as they are kept and searched; each that recurs is hashed once.

    Those of a name are numbers of eight bytes, one after the other, as this machine writes them.

    Parameters
    ----------
    known
        Is asked first, and told what it did not know; there is an end to what it holds.
    """
    known = known or KnownParts()
    if len(known.names) > _MOST_NAMES:
        known.names.clear()
        for of_kind in known.parts:
            of_kind.clear()
    wanted = set(names)
    texts = {name: _texts_of(name) for name in wanted if name not in known.names}
    for at, (kind, of_kind) in enumerate(zip(_KINDS, known.parts, strict=True)):
        new = tuple(set().union(*(own[at] for own in texts.values())).difference(of_kind))
        digests = cipher.keyed_numbers("name_part", ((kind,) * len(new), new))
        of_kind.update(zip(new, digests, strict=True))
    pair, sound, initials = (of_kind.__getitem__ for of_kind in known.parts)
    for name, (pairs, heard, firsts) in texts.items():
        numbers = [*map(pair, pairs), *map(sound, heard), *map(initials, firsts)]
        known.names[name] = array("q", sorted(numbers)).tobytes()
    return {name: known.names[name] for name in wanted}


@dataclass(slots=True)
class LaterNames:
    """Parts of names that are kept all together, once there are no more."""

    names: dict[str, bytes] = field(default_factory=dict)

    def keep(self, work: Work) -> None:
        """Keep the parts of all names."""
        index_names(work, self.names)


def index_names(work: Work, names: Mapping[str, bytes]) -> None:
    """Keep the parts of names, each named by its keyed hash; those that are kept already stay."""
    parts = np.frombuffer(b"".join(names.values()), dtype=np.int64)
    counts = [len(own) // parts.itemsize for own in names.values()]
    owners = np.repeat(np.arange(len(names)), counts)
    # In the order of the table, whose pages are then written one after the other.
    order = np.lexsort((owners, parts))
    hashes = list(names)
    connection = work.connection
    is_postgres = connection.dialect.name == "postgresql"
    if is_postgres and len(order) > _MANY:
        rows = zip(parts[order].tolist(), map(hashes.__getitem__, owners[order]), strict=True)
        add_new_rows(connection, _TABLE.name, ("part", "name_hash"), rows)
        return
    pair = "(%s, %s)" if is_postgres else "(?, ?)"
    for begin in range(0, len(order), _MANY):
        some = order[begin : begin + _MANY]
        flat: list[int | str] = [0] * (2 * len(some))
        flat[::2] = parts[some].tolist()
        flat[1::2] = map(hashes.__getitem__, owners[some])
        whole = len(some) // _AT_ONCE * _AT_ONCE
        for count, values in ((_AT_ONCE, flat[: 2 * whole]), (1, flat[2 * whole :])):
            if values:
                pairs = ", ".join([pair] * count)
                connection.exec_driver_sql(
                    f"INSERT INTO name_part (part, name_hash) VALUES {pairs} "  # noqa: S608
                    "ON CONFLICT DO NOTHING",
                    [tuple(values[at : at + 2 * count]) for at in range(0, len(values), 2 * count)],
                )


def forget_names(work: Work, name_hashes: Iterable[str]) -> None:
    """Drop the parts of those of these names that no debtor has."""
    wanted = set(name_hashes)
    gone = wanted - held_keys(work.connection, _DEBTORS.c.name_hash, wanted)
    for part in keys_in_parts(gone):
        work.connection.execute(delete(_TABLE).where(_TABLE.c.name_hash.in_(part)))


def index_all(work: Work) -> int:
    """Keep the parts of all names that are stored; return how many names."""
    query = select(_DEBTORS.c.name_hash, _DEBTORS.c.name).where(_DEBTORS.c.name_hash != "")
    names = {row.name_hash: row.name for row in work.connection.execute(query)}
    hashed = hashed_parts(work.cipher, names.values())
    index_names(work, {digest: hashed[name] for digest, name in names.items()})
    return len(names)


def find_names(connection: Connection, cipher: FieldCipher, text: str) -> tuple[DebtorId, ...]:
    """Return the debtors whose name holds a text of two characters or more, or sounds so.

    Letters are pinyin or initials of the whole name or of its end; pinyin of two neighbours does,
    too, and a number after them counts as it stands. Tones and blanks do not count.
    """
    plain = _plain(text)
    if _LETTERS.fullmatch(plain):
        return _sounding(connection, cipher, plain)
    if len(plain) < 2:
        return ()
    wanted = {_digest(cipher, (_PAIR, a + b)) for a, b in pairwise(plain)}
    written = tuple(
        debtor
        for debtor, name in _candidates(connection, wanted, every=True)
        if plain in _plain(name)
    )
    if not _LETTERS_AND_NUMBER.fullmatch(plain):
        return written
    return tuple(sorted({*written, *_sounding(connection, cipher, plain)}))


def _sounding(connection: Connection, cipher: FieldCipher, letters: str) -> tuple[DebtorId, ...]:
    if len(letters) < _FEWEST_LETTERS:
        return ()
    kinds = (_SOUND, _INITIALS)
    wanted = {_digest(cipher, (kind, letters)) for kind in kinds}
    return tuple(
        debtor
        for debtor, name in _candidates(connection, wanted, every=False)
        if not parts_of(name).isdisjoint((kind, letters) for kind in kinds)
    )


def _candidates(
    connection: Connection, digests: Collection[int], *, every: bool
) -> Iterable[tuple[DebtorId, str]]:
    """Yield debtors whose names have all, or any, of some parts, and the names."""
    held = (
        select(_TABLE.c.name_hash)
        .where(_TABLE.c.part.in_(digests))
        .group_by(_TABLE.c.name_hash)
        .having(func.count() >= (len(digests) if every else 1))
        .order_by(_TABLE.c.name_hash)
        .limit(_MOST_COMPARED)
    )
    query = select(_DEBTORS.c.id, _DEBTORS.c.name).where(
        _DEBTORS.c.name_hash.in_(held.scalar_subquery())
    )
    for row in connection.execute(query.order_by(_DEBTORS.c.id).limit(_MOST_COMPARED)):
        yield DebtorId(row.id), row.name


def _plain(text: str) -> str:
    if _HAN.fullmatch(text):
        return text
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(
        each for each in folded if not unicodedata.combining(each) and each not in " \t\u3000'’-·"
    )


@lru_cache(maxsize=8192)
def _sounds(character: str) -> tuple[str, ...]:
    from pypinyin import Style, pinyin  # loads long tables

    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="default")[0]
    return tuple(dict.fromkeys(_plain(sound.replace("ü", "v")) for sound in found))


def _digest(cipher: FieldCipher, part: tuple[str, str]) -> int:
    return cipher.keyed_number("name_part", *part)
