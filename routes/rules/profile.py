"""The jurisdiction profile: parameters of the rules, read from TOML. It holds no rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from geo.localtime import DAY_S
from geo.tomlfile import parse_toml, read_toml
from routes.calendar import DayKind
from routes.errors import ProfileError
from routes.model import Identifier, PlaceKind
from routes.rules.floors import FLOORS, check_floors

__all__ = ["RuleProfile", "load_profile", "profile_values"]

E = TypeVar("E", bound=StrEnum)

_DEFAULT = "default_profile.toml"
_HIGH_COURT = "高级人民法院"
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")  # a local time of day: no zone, no seconds


@dataclass(frozen=True, slots=True)
class RuleProfile:
    """Parameters of the rules for one court.

    Parameters
    ----------
    name
        Shown name of the profile.
    high_court
        Name of the high court that approves field work outside the province (A7).
    min_officers
        Court staff at every visit and field duty (B2).
    identifiers_required
        Independent identifiers that must match over debtor and claim (N1).
    identifiers_required_on_claim
        Of these, how many must have been matched for the address itself.
    identifiers_never_counted
        Identifiers that count as none.
    identifiers_dependent
        Groups of which only one counts, since one follows from the other.
    hours_s
        Lawful hours by kind of place, seconds after local midnight, end outside.
    closed_days
        Kinds of day on which a civil visit needs a sign-off (T1).
    administrative_closed_days
        Kinds of day on which administrative enforcement is blocked (T2).
    notice_due_d
        Days from filing within which the notice is due (A2).
    notice_after_measures_d
        Days after an immediate measure within which it is due (A2).
    address_stale_d
        Age in days from which an address is stale (P4).
    address_min_confidence
        Geocode confidence below which a warning is given (P4).
    contact_valid_d
        Days for which a logged contact counts for the white list (N3).
    questioning_h, questioning_long_h
        Hours of questioning after compelled attendance, plainly and at most (C3).
    questioning_alert_h
        Hours after which the plain limit presses (C3).
    family_notice_h
        Hours within which a detainee's family is told (D2).
    detention_most_d
        Days of a detention at most (D1).
    detention_adult_y, detention_old_y
        Ages below and from which nobody is detained (D5).
    seizure_excess_share
        Share of debt and costs by which value may pass them before it is clearly above (Z6).
    seizure_costs_share
        Share of the debt beyond which costs of enforcement are signed for (Z6).
    instalment_grace_d
        Days after its due day within which an instalment still counts as on time (N5).
    seizure_alert_d, notice_alert_d
        Days before a seizure lapses (Z8) or the notice is due (A2) from which that presses.
    retention_case_d, retention_plan_d, retention_record_d, retention_quarantine_d, retention_live_d
        Days after which personal data are deleted: of a case that ended, of a plan whose days are
        past, of a record that was ended, of an imported row that could not be used, of check-ins
        and messages whose day is past (P5).
    silent_min
        Minutes for which a team may be silent past the end of a visit.
    """

    name: str
    high_court: str
    min_officers: int
    identifiers_required: int
    identifiers_required_on_claim: int
    identifiers_never_counted: frozenset[Identifier]
    identifiers_dependent: tuple[frozenset[Identifier], ...]
    hours_s: Mapping[PlaceKind, tuple[int, int]]
    closed_days: frozenset[DayKind]
    administrative_closed_days: frozenset[DayKind]
    notice_due_d: int
    notice_after_measures_d: int
    address_stale_d: int
    address_min_confidence: float
    contact_valid_d: int
    questioning_h: int
    questioning_long_h: int
    questioning_alert_h: int
    family_notice_h: int
    detention_most_d: int
    detention_adult_y: int
    detention_old_y: int
    seizure_excess_share: float
    seizure_costs_share: float
    instalment_grace_d: int
    seizure_alert_d: int
    notice_alert_d: int
    retention_case_d: int
    retention_plan_d: int
    retention_record_d: int
    retention_quarantine_d: int
    retention_live_d: int
    silent_min: int


def load_profile(path: Path | None = None) -> RuleProfile:
    """Read a court's profile; keys it does not name are taken from the default profile.

    Raises
    ------
    ProfileError
        If the file cannot be read, a key is unknown, its value out of range, or looser than
        the law (:mod:`routes.rules.floors`).
    """
    return _profile(_table(path), _DEFAULT if path is None else path.name)


def profile_values(path: Path | None = None) -> dict[str, Any]:
    """Return all parameters as the file writes them, by keys such as ``notice.due_d``.

    Raises
    ------
    ProfileError
        As for :func:`load_profile`.
    """
    table = _table(path)
    _profile(table, _DEFAULT if path is None else path.name)
    return _flat(table)


def _flat(table: dict[str, Any]) -> dict[str, Any]:
    tables = {key: value for key, value in table.items() if isinstance(value, dict)}
    return {f"{above}.{key}": value for above, one in tables.items() for key, value in one.items()}


def _table(path: Path | None) -> dict[str, Any]:
    base = parse_toml((files("routes.rules") / _DEFAULT).read_text(encoding="utf-8"))
    if path is None:
        return base
    own = read_toml(
        path,
        ProfileError("规则参数文件 %(file)s 无法读取，请检查路径和 TOML 格式", file=path.name),
    )
    return _merged(base, own, path.name)


def _merged(
    base: dict[str, Any], own: dict[str, Any], file: str, above: str = ""
) -> dict[str, Any]:
    merged = dict(base)
    for key, value in own.items():
        full = f"{above}{key}"
        if key not in base:
            raise ProfileError(
                "规则参数文件 %(file)s 有未知的键 %(key)s，请对照默认参数文件改正或删去",
                file=file,
                key=full,
            )
        if isinstance(base[key], dict):
            if not isinstance(value, dict):
                raise ProfileError("规则参数文件 %(file)s 的 %(key)s 应为表", file=file, key=full)
            value = _merged(base[key], value, file, f"{full}.")
        merged[key] = value
    return merged


def _profile(table: dict[str, Any], file: str) -> RuleProfile:
    read = _Reader(table, file)
    hours = {
        kind: (read.second("hours", kind, 0), read.second("hours", kind, 1)) for kind in PlaceKind
    }
    for kind, (start_s, end_s) in hours.items():
        if start_s >= end_s:
            raise read.bad("hours", kind)
    alert_h, most_h, long_h = (
        read.whole("questioning", key) for key in ("alert_h", "most_h", "long_most_h")
    )
    if not alert_h <= most_h <= long_h:
        raise read.bad("questioning", "alert_h" if alert_h > most_h else "long_most_h")
    profile = RuleProfile(
        name=read.text("name"),
        high_court=read.high_court(),
        min_officers=read.whole("crew", "min_officers"),
        identifiers_required=read.whole("identity", "required"),
        identifiers_required_on_claim=read.whole("identity", "required_on_claim"),
        identifiers_never_counted=frozenset(read.codes("identity", "never_counted", Identifier)),
        identifiers_dependent=tuple(
            frozenset(group) for group in read.groups("identity", "dependent")
        ),
        hours_s=hours,
        closed_days=frozenset(read.codes("closed_days", "civil", DayKind)),
        administrative_closed_days=frozenset(read.codes("closed_days", "administrative", DayKind)),
        notice_due_d=read.whole("notice", "due_d"),
        notice_after_measures_d=read.whole("notice", "after_measures_d"),
        address_stale_d=read.whole("address", "stale_d"),
        address_min_confidence=read.share("address", "min_confidence"),
        contact_valid_d=read.whole("contact", "valid_d"),
        questioning_h=most_h,
        questioning_long_h=long_h,
        questioning_alert_h=alert_h,
        family_notice_h=read.whole("detention", "family_notice_h"),
        detention_most_d=read.whole("detention", "most_d"),
        detention_adult_y=read.whole("detention", "adult_y"),
        detention_old_y=read.whole("detention", "old_y"),
        seizure_excess_share=read.share("seizure", "excess_share"),
        seizure_costs_share=read.share("seizure", "costs_share"),
        instalment_grace_d=read.whole("instalments", "grace_d"),
        seizure_alert_d=read.whole("seizure", "alert_d"),
        notice_alert_d=read.whole("notice", "alert_d"),
        retention_case_d=read.whole("retention", "case_d"),
        retention_plan_d=read.whole("retention", "plan_d"),
        retention_record_d=read.whole("retention", "record_d"),
        retention_quarantine_d=read.whole("retention", "quarantine_d"),
        retention_live_d=read.whole("retention", "live_d"),
        silent_min=read.whole("live", "silent_min"),
    )
    check_floors(_flat(table), file)
    return profile


class _Reader:
    """Typed reading of a table whose keys are all present."""

    def __init__(self, table: dict[str, Any], file: str) -> None:
        self._table, self._file = table, file

    def bad(self, *keys: str) -> ProfileError:
        return ProfileError(
            "规则参数文件 %(file)s 的 %(key)s 取值无效，请对照默认参数文件的说明",
            file=self._file,
            key=".".join(keys),
        )

    def _get(self, *keys: str) -> Any:
        value: Any = self._table
        for key in keys:
            value = value[key]
        return value

    def text(self, *keys: str) -> str:
        value = self._get(*keys)
        if not isinstance(value, str) or not value.strip():
            raise self.bad(*keys)
        return value

    def high_court(self) -> str:
        """Return the court that approves work outside the province; no other court may."""
        name = self.text("court", "high_court").strip()
        if not name.endswith(_HIGH_COURT) or name == _HIGH_COURT:
            raise ProfileError(
                "规则参数文件 %(file)s 的 %(key)s 须为高级人民法院的全称，请改正或删去该键",
                file=self._file,
                key="court.high_court",
            )
        return name

    def whole(self, *keys: str) -> int:
        value, floor = self._get(*keys), FLOORS[".".join(keys)]
        if type(value) is not int or not floor.least <= value <= floor.most:
            raise ProfileError(
                "规则参数文件 %(file)s 的 %(key)s 应为 %(least)d 至 %(most)d 的整数，"
                "请改正或删去该键",
                file=self._file,
                key=".".join(keys),
                least=floor.least,
                most=floor.most,
            )
        return value

    def share(self, *keys: str) -> float:
        value, floor = self._get(*keys), FLOORS[".".join(keys)]
        if type(value) not in (int, float) or not floor.least <= value <= floor.most:  # nan too
            raise ProfileError(
                "规则参数文件 %(file)s 的 %(key)s 应为 %(least)s 至 %(most)s 的数，"
                "请改正或删去该键",
                file=self._file,
                key=".".join(keys),
                least=floor.least,
                most=floor.most,
            )
        return float(value)

    def codes(self, table: str, key: str, kind: type[E]) -> list[E]:
        return self._codes(self._get(table, key), kind, (table, key))

    def groups(self, table: str, key: str) -> list[list[Identifier]]:
        value = self._get(table, key)
        if not isinstance(value, list):
            raise self.bad(table, key)
        return [self._codes(group, Identifier, (table, key)) for group in value]

    def _codes(self, value: Any, kind: type[E], keys: tuple[str, ...]) -> list[E]:
        if not isinstance(value, list):
            raise self.bad(*keys)
        try:
            return [kind(item) for item in value]
        except ValueError:
            raise self.bad(*keys) from None

    def second(self, table: str, key: str, index: int) -> int:
        value = self._get(table, key)
        if not isinstance(value, list) or len(value) != 2:
            raise self.bad(table, key)
        text = value[index]
        if text == "24:00":
            return DAY_S
        if not isinstance(text, str) or not _CLOCK.fullmatch(text):
            raise self.bad(table, key)
        return int(text[:2]) * 3600 + int(text[3:]) * 60
