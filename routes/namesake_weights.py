"""How much each identifier tells namesakes apart, read from TOML and checked once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from geo.tomlfile import parse_toml
from routes.errors import ProfileError
from routes.model import Identifier

__all__ = ["NamesakeWeights", "Weight", "default_weights", "read_weights"]

_FILE = "namesake.toml"


@dataclass(frozen=True, slots=True)
class Weight:
    """What an identifier's results are worth, as likelihood ratios; ``implied_by`` or None."""

    match: float
    mismatch: float
    decisive: bool
    source: str
    implied_by: Identifier | None = None


@dataclass(frozen=True, slots=True)
class NamesakeWeights:
    """The numbers of ``namesake.toml``."""

    same_from: float
    different_below: float
    identifiers: Mapping[Identifier, Weight]


@cache
def default_weights() -> NamesakeWeights:
    """Return the weights of ``namesake.toml``."""
    return read_weights((files("routes") / _FILE).read_text(encoding="utf-8"), name=_FILE)


def read_weights(text: str, *, name: str) -> NamesakeWeights:
    """Read weights from TOML.

    Parameters
    ----------
    name
        Name of the file, for messages.

    Raises
    ------
    ProfileError
        If the text is no TOML, a key is unknown or missing, or a ratio is out of range: a
        match must not speak against, a mismatch not for the same one, and what implies another
        identifier must weigh at least as much.
    """
    try:
        table = parse_toml(text)
    except ValueError as error:
        raise ProfileError("%(file)s 不是有效的 TOML，请检查格式", file=name) from error
    limits, rows = table.get("verdict"), table.get("identifier")
    known = {"verdict", "identifier"}
    if table.keys() != known or not isinstance(limits, dict) or not isinstance(rows, dict):
        raise _bad(name, "/".join(sorted(table.keys() ^ known)) or "verdict")
    if limits.keys() != {"same_from", "different_below"}:
        raise _bad(name, "verdict")
    same, different = (_ratio(limits, key, name) for key in ("same_from", "different_below"))
    if not different < 1.0 < same:
        raise _bad(name, "verdict")
    if rows.keys() != {each.value for each in Identifier}:
        raise _bad(name, "identifier")
    weights = {each: _weight(rows[each.value], each, name) for each in Identifier}
    for each, weight in weights.items():
        if weight.implied_by and weights[weight.implied_by].match < weight.match:
            raise _bad(name, f"identifier.{each}.implied_by")
    return NamesakeWeights(same, different, weights)


def _weight(row: Any, identifier: Identifier, file: str) -> Weight:
    key = f"identifier.{identifier}"
    if not isinstance(row, dict):
        raise _bad(file, key)
    if not {"match", "mismatch", "decisive", "source"} <= row.keys() or row.keys() - {
        "match",
        "mismatch",
        "decisive",
        "source",
        "implied_by",
    }:
        raise _bad(file, key)
    match, mismatch = _ratio(row, "match", file), _ratio(row, "mismatch", file)
    if not mismatch <= 1.0 <= match:
        raise _bad(file, key)
    if not isinstance(row["decisive"], bool) or not str(row["source"]).strip():
        raise _bad(file, key)
    try:
        implied_by = Identifier(row["implied_by"]) if "implied_by" in row else None
    except ValueError:
        raise _bad(file, f"{key}.implied_by") from None
    return Weight(match, mismatch, row["decisive"], str(row["source"]), implied_by)


def _ratio(row: Mapping[str, Any], key: str, file: str) -> float:
    value = row[key]
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0.0 < value < math.inf:
        raise _bad(file, key)
    return float(value)


def _bad(file: str, key: str) -> ProfileError:
    return ProfileError(
        "%(file)s 的 %(key)s 缺失、多余或取值无效，请对照默认文件的说明", file=file, key=key
    )
