"""Records of what limits a debtor as texts of one encrypted field, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from routes.documents import Approver, Document, DocumentKind
from routes.model import DebtorId, SecretText
from routes.restrictions import (
    BreachFlag,
    ConsumptionOrder,
    DishonestEntry,
    Exemption,
    ExemptionReason,
    Observation,
    Seat,
    TrainClass,
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
    """Return what is kept of a record, as JSON."""
    return json.dumps(_plain(value), ensure_ascii=False)


def read_restriction(
    kind: RestrictionKind,
    text: str,
    *,
    record_id: str,
    of: DebtorId,
) -> Restriction:
    """Return the record that :func:`write_restriction` wrote."""
    held = json.loads(text)
    return _breach(held, record_id, of) if kind is RestrictionKind.BREACH else _READERS[kind](held)


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


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _plain(value: Restriction) -> dict[str, str | None]:
    """Return what is kept of a record, its days as ISO texts."""
    match value:
        case ConsumptionOrder():
            return {
                "document": value.document,
                "issued_on": _text(value.issued_on),
                "served_on": _text(value.served_on),
                "ends_on": _text(value.ends_on),
            }
        case Exemption():
            return {
                "reason": value.reason,
                "starts_on": _text(value.starts_on),
                "ends_on": _text(value.ends_on),
                "approved_by": value.approved_by,
                "document": value.document,
            }
        case DishonestEntry():
            return {
                "document": value.document,
                "listed_on": _text(value.listed_on),
                "ends_on": _text(value.ends_on),
            }
        case BreachFlag():
            return {
                "on": _text(value.on),
                "observation": value.observation,
                "train": value.train,
                "seat": value.seat,
                "evidence": value.evidence,
                "order_document": value.order_document,
                "order_served_on": _text(value.order_served_on),
                "order_ends_on": _text(value.order_ends_on),
            }
        case VehicleSeizure():
            return {
                "number": value.ruling.number,
                "approved_by": value.ruling.approved_by,
                "approved_on": _text(value.ruling.approved_on),
                "expires_on": _text(value.ruling.expires_on),
                "plate": value.plate.reveal(),
            }
        case VehicleAlert():
            return {
                "seizure_id": value.seizure_id,
                "notice": value.notice,
                "on": _text(value.on),
                "place": value.place.reveal(),
                "ends_on": _text(value.ends_on),
            }


def _needed(text: str | None) -> date:
    assert text is not None
    return date.fromisoformat(text)


def _order(held: Mapping[str, Any]) -> ConsumptionOrder:
    return ConsumptionOrder(
        held["document"], _needed(held["issued_on"]), _day(held["served_on"]), _day(held["ends_on"])
    )


def _exemption(held: Mapping[str, Any]) -> Exemption:
    return Exemption(
        ExemptionReason(held["reason"]),
        _needed(held["starts_on"]),
        _needed(held["ends_on"]),
        _approver(held["approved_by"]),
        held["document"],
    )


def _entry(held: Mapping[str, Any]) -> DishonestEntry:
    return DishonestEntry(held["document"], _needed(held["listed_on"]), _day(held["ends_on"]))


def _breach(held: Mapping[str, Any], record_id: str, of: DebtorId) -> BreachFlag:
    return BreachFlag(
        record_id,
        of,
        _needed(held["on"]),
        Observation(held["observation"]),
        order_document=held["order_document"],
        order_served_on=_day(held["order_served_on"]),
        order_ends_on=_day(held["order_ends_on"]),
        train=None if held["train"] is None else TrainClass(held["train"]),
        seat=None if held["seat"] is None else Seat(held["seat"]),
        evidence=held["evidence"],
    )


def _seizure(held: Mapping[str, Any]) -> VehicleSeizure:
    ruling = Document(
        DocumentKind.SEIZURE_RULING,
        held["number"],
        _approver(held["approved_by"]),
        _day(held["approved_on"]),
        _day(held["expires_on"]),
    )
    return VehicleSeizure(ruling, SecretText(held["plate"]))


def _alert(held: Mapping[str, Any]) -> VehicleAlert:
    return VehicleAlert(
        held["seizure_id"],
        held["notice"],
        _needed(held["on"]),
        SecretText(held["place"]),
        _needed(held["ends_on"]),
    )


def _approver(code: str | None) -> Approver | None:
    return None if code is None else Approver(code)


_READERS: Mapping[RestrictionKind, Callable[[Mapping[str, Any]], Restriction]] = MappingProxyType(
    {
        RestrictionKind.ORDER: _order,
        RestrictionKind.EXEMPTION: _exemption,
        RestrictionKind.DISHONEST: _entry,
        RestrictionKind.SEIZURE: _seizure,
        RestrictionKind.ALERT: _alert,
    }
)
