"""The numbers of the locating model as a file, such as learning proposes it to a court."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from enum import StrEnum
from typing import TypeVar

from geo.model import Precision
from routes.checks import Answer
from routes.locating.parameters import (
    AnchorParameters,
    AwayParameters,
    DayType,
    LocatingParameters,
    MoveParameters,
    Spread,
    ValueParameters,
)
from routes.model import ClaimSource, OutcomeKind, PlaceKind, VisitBand

__all__ = ["parameters_basis", "parameters_text"]

E = TypeVar("E", bound=StrEnum)
_OF_OUTCOMES = ("here_present", "here_absent", "not_here", "mistaken")
_Plain = AnchorParameters | AwayParameters | MoveParameters | Spread | ValueParameters


def parameters_text(parameters: LocatingParameters) -> str:
    """Return a complete parameter file; :func:`load_parameters` reads the same numbers again.

    Examples
    --------
    >>> from routes.locating import default_parameters
    >>> parameters_text(default_parameters()).splitlines()[0]
    '[claim]'
    """
    return "\n".join(_lines(parameters)) + "\n"


def parameters_basis(parameters: LocatingParameters) -> str:
    """Return twelve characters that stand for the numbers of a file."""
    return hashlib.sha256(parameters_text(parameters).encode()).hexdigest()[:12]


def _lines(parameters: LocatingParameters) -> Iterator[str]:
    claim, presence, outcome = parameters.claim, parameters.presence, parameters.outcome
    yield "[claim]"
    yield f"transcribing = {_list(sorted(claim.transcribing))}"
    yield from _table("claim.fresh", claim.fresh, ClaimSource)
    yield from _table("claim.stale", claim.stale, ClaimSource)
    yield from _table("claim.half_life_d", claim.half_life_d, ClaimSource)
    yield "[claim.family]"
    yield from (f"{source} = {_text(claim.family[source])}" for source in ClaimSource)
    yield from _fields("anchor", parameters.anchor)
    yield f"[place]\nsame_place_m = {parameters.same_place_m!r}"
    yield from _table("detection", parameters.detection, Precision)
    yield f"[lead]\nratio = {parameters.lead_ratio!r}\nband_ratio = {parameters.lead_band_ratio!r}"
    yield f"[presence]\nhabit_sd = {presence.habit_sd!r}\ntownship_sd = {presence.township_sd!r}"
    yield "[presence.township]"
    yield from (f"{_text(code)} = {shift!r}" for code, shift in presence.township.items())
    for day in DayType:
        yield f"[presence.{day}]"
        for kind in PlaceKind:
            values = ", ".join(repr(presence.mean[kind, band, day]) for band in VisitBand)
            yield f"{kind} = [{values}]"
    yield from _fields("away", parameters.away)
    yield from _fields("move", parameters.move)
    for name in _OF_OUTCOMES:
        yield from _table(f"outcome.{name}", getattr(outcome, name), OutcomeKind)
    yield f"[outcome]\nmistaken_share = {outcome.mistaken_share!r}"
    yield from _fields("spread", parameters.spread)
    yield from _fields("value", parameters.value)
    yield f"[question]\nvisit_cost = {parameters.question.visit_cost!r}"
    for check, asked in parameters.question.checks.items():
        yield f"[question.{check}]\ncost = {asked.cost!r}"
        for name, shares in (("here", asked.here), ("away", asked.away)):
            yield f"{name} = [{', '.join(repr(shares[answer]) for answer in Answer)}]"


def _table(name: str, values: Mapping[E, float], codes: type[E]) -> Iterator[str]:
    yield f"[{name}]"
    yield from (f"{code} = {values[code]!r}" for code in codes)


def _fields(name: str, numbers: _Plain) -> Iterator[str]:
    yield f"[{name}]"
    yield from (f"{each.name} = {getattr(numbers, each.name)!r}" for each in fields(numbers))


def _list(texts: list[ClaimSource]) -> str:
    return "[" + ", ".join(_text(text) for text in texts) + "]"


def _text(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'
