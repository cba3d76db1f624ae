"""Records of what limits a debtor, and their kinds as the table names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from data.frozen_json import from_json, to_json
from routes.restrictions import (
    BreachFlag,
    ConsumptionOrder,
    DishonestEntry,
    Exemption,
    VehicleAlert,
    VehicleSeizure,
)

__all__ = ["Restriction", "RestrictionKind", "kind_of", "read_restriction", "write_restriction"]

Restriction = (
    ConsumptionOrder | Exemption | DishonestEntry | BreachFlag | VehicleSeizure | VehicleAlert
)
"""What may be kept of a debtor."""


class RestrictionKind(StrEnum):
    """Kinds of records, as the table names them."""

    ORDER = "order"
    EXEMPTION = "exemption"
    DISHONEST = "dishonest"
    BREACH = "breach"
    SEIZURE = "seizure"
    ALERT = "alert"


def kind_of(value: Restriction) -> RestrictionKind:
    """Return the kind of a record."""
    return _KINDS[type(value)]


def write_restriction(value: Restriction) -> str:
    """Return what is kept of a record, as JSON for an encrypted field.

    The exemptions that a breach was held against stand on record themselves.
    """
    return to_json(replace(value, exemptions=()) if isinstance(value, BreachFlag) else value)


def read_restriction(kind: RestrictionKind, text: str) -> Restriction:
    """Return the record that :func:`write_restriction` wrote.

    Raises
    ------
    StoreError
        If the text is of another shape, such as one of a newer version.
    """
    found: Restriction = from_json(_CLASSES[kind], text)
    return found


_KINDS: Mapping[type[Restriction], RestrictionKind] = MappingProxyType(
    {
        ConsumptionOrder: RestrictionKind.ORDER,
        Exemption: RestrictionKind.EXEMPTION,
        DishonestEntry: RestrictionKind.DISHONEST,
        BreachFlag: RestrictionKind.BREACH,
        VehicleSeizure: RestrictionKind.SEIZURE,
        VehicleAlert: RestrictionKind.ALERT,
    }
)
_CLASSES = MappingProxyType({kind: each for each, kind in _KINDS.items()})
