"""One online service behind pace, daily limit and memory; its answers as candidates."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from geopy.exc import (
    GeocoderAuthenticationFailure,
    GeocoderInsufficientPrivileges,
    GeocoderParseError,
    GeocoderQueryError,
    GeocoderQuotaExceeded,
    GeocoderServiceError,
    GeocoderTimedOut,
    GeocoderUnavailable,
)
from geopy.extra.rate_limiter import RateLimiter

from geo.coordinates import to_wgs84
from geo.errors import (
    OnlineKeyError,
    OnlineQuotaError,
    OnlineServiceError,
    OnlineTimeoutError,
)
from geo.messages import Message, message
from geo.model import AddressLevel, AreaKind, Candidate, ParsedAddress, Point, Precision
from geo.online.question import question
from geo.online.services import Answer, Ask
from geo.online.worth import ServiceTerms, checks
from geo.placenames import house_key, name_key, township_stem, village_stem
from geo.ports import AreaIndex

__all__ = ["AnswerMemory", "OnlineGeocoder", "Pace"]

_ROAD_SHARE = 0.7  # a door of another number still tells the road, as often as this
_ERROR_WAIT_S = 5.0
_DIGITS = re.compile(r"\d+")


class AnswerMemory(Protocol):
    """Keeps answers for a while, and counts questions; holds no text that can be read."""

    def recall(self, service: str, text: str) -> tuple[Answer, ...] | None:
        """Return the kept answers to a text, or None where there are none or they are old."""
        ...

    def keep(self, service: str, text: str, answers: Sequence[Answer], *, days: int) -> None:
        """Keep the answers to a text for some days."""
        ...

    def count(self, service: str, *, per_day: int) -> bool:
        """Count one question of today, and tell whether it is still within the limit."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that only grow, and how to wait some."""

    clock: Callable[[], float]
    sleep: Callable[[float], None]


class _Limiter(RateLimiter):  # type: ignore[misc]  # geopy ships no types
    """geopy's rate limiter on a clock that is passed in.

    It never tries again by itself, since it logs what it was called with when it does.
    """

    def __init__(self, ask: Ask, *, min_delay_s: float, pace: Pace) -> None:
        super().__init__(
            ask,
            min_delay_seconds=min_delay_s,
            max_retries=0,
            error_wait_seconds=max(min_delay_s, _ERROR_WAIT_S),
            swallow_exceptions=False,
        )
        self._pace = pace

    def _clock(self) -> float:
        return self._pace.clock()

    def _sleep(self, seconds: float) -> None:
        self._pace.sleep(seconds)


class OnlineGeocoder:
    """Asks one service, and weighs its answers against the text and the court's areas.

    Parameters
    ----------
    service
        Name of the service, for messages.
    ask
        How it is asked.
    terms
        Its datum, limits and levels.
    areas
        Townships, villages and jurisdiction to check answers against.
    memory
        Keeps answers, and counts questions.
    pace
        Clock and sleep of the rate limit.
    region
        Province, city and county put before texts that name none.
    """

    def __init__(
        self,
        service: str,
        ask: Ask,
        *,
        terms: ServiceTerms,
        areas: AreaIndex,
        memory: AnswerMemory,
        pace: Pace,
        region: str = "",
    ) -> None:
        self.service = service
        self._ask = _Limiter(ask, min_delay_s=terms.min_delay_s, pace=pace)
        self._terms = terms
        self._areas = areas
        self._memory = memory
        self._region = region
        self._names = {
            kind: {area.code: area.name for area in areas.areas(kind)} for kind in AreaKind
        }

    def question(self, parsed: ParsedAddress) -> str | None:
        """Return what would be sent for an address; see :func:`geo.online.question.question`."""
        return question(parsed, region=self._region)

    def recall(self, text: str) -> tuple[Answer, ...] | None:
        """Return the kept answers to a text, without asking anyone."""
        return self._memory.recall(self.service, text) if self._terms.cache_days else None

    def ask(self, text: str) -> tuple[Answer, ...]:
        """Ask the service for a text, and keep what it answers.

        Raises
        ------
        OnlineServiceError
            Or a child of it: the key, the quota, the time, or the answer was bad.
        OnlineRefusedError
            If the question would have left the lawful hosts.
        """
        facts = {"service": self.service}
        if not self._memory.count(self.service, per_day=self._terms.per_day):
            raise OnlineQuotaError(
                "在线服务 %(service)s 今日查询已达配置的上限 %(per_day)d 次；"
                "请明日再试，或由管理员调整 per_day",
                per_day=self._terms.per_day,
                **facts,
            )
        try:
            answers: tuple[Answer, ...] = self._ask(text)
        except GeocoderServiceError as error:
            # From None: geopy's own texts may hold the address, the key or the answer.
            raise _translated(error, self.service) from None
        if self._terms.cache_days:
            self._memory.keep(self.service, text, answers, days=self._terms.cache_days)
        return answers

    def candidates(self, parsed: ParsedAddress, answers: Sequence[Answer]) -> tuple[Candidate, ...]:
        """Return what the answers say of an address, in WGS84, the surest first."""
        if not answers:
            return ()
        given = np.array([(answer.lon_deg, answer.lat_deg) for answer in answers])
        lonlat = to_wgs84(given, self._terms.datum)
        townships, grids, courts = (
            self._areas.code_at(lonlat, kind=kind)
            for kind in (AreaKind.TOWNSHIP, AreaKind.GRID, AreaKind.JURISDICTION)
        )
        found = [
            self._weighed(
                parsed, answer, Point(lon, lat), township, grid, court, share=1.0 / len(answers)
            )
            for answer, (lon, lat), township, grid, court in zip(
                answers, lonlat.tolist(), townships, grids, courts, strict=True
            )
        ]
        return tuple(sorted(found, key=lambda each: -each.confidence))

    def _weighed(
        self,
        parsed: ParsedAddress,
        answer: Answer,
        point: Point,
        township: str | None,
        grid: str | None,
        court: str | None,
        *,
        share: float,
    ) -> Candidate:
        word, level = self._terms.level(answer.level)
        precision, right = level.precision, level.assumed_right * answer.score * share
        if precision is Precision.DOOR and not _number_agrees(parsed, answer):
            precision, right = Precision.ROAD, right * _ROAD_SHARE
        factor, check = self._checked(parsed, answer, precision, township, grid, court)
        return Candidate(
            point,
            precision,
            right * factor,
            answer.label,
            message(
                "在线服务 %(service)s，级别“%(level)s”；%(check)s",
                service=self.service,
                level=word,
                check=check,
            ),
            township,
            grid,
        )

    def _checked(
        self,
        parsed: ParsedAddress,
        answer: Answer,
        precision: Precision,
        township: str | None,
        grid: str | None,
        court: str | None,
    ) -> tuple[float, Message]:
        """Return the factor on the confidence, and what was compared."""
        factors = checks()
        if court is None and self._names[AreaKind.JURISDICTION]:
            county = parsed.get(AddressLevel.COUNTY) or parsed.get(AddressLevel.CITY) or ""
            ours = any(county in name for name in self._names[AreaKind.JURISDICTION].values())
            if not ours and name_key(county) == name_key(answer.county):
                return 1.0, message("在本院辖区之外，与地址所写区县一致")
            return factors.assumed_outside, message("在本院辖区之外，请核对")
        if precision is Precision.COUNTY:
            return 1.0, message("只到区县")
        written = parsed.get(AddressLevel.TOWNSHIP)
        actual = self._names[AreaKind.TOWNSHIP].get(township or "")
        if not written or not actual:
            return factors.assumed_unchecked, message("未能核对所在乡镇")
        if township_stem(written) != township_stem(actual):
            return factors.assumed_other_township, message("所在乡镇与地址所写不同，请核对")
        written = parsed.get(AddressLevel.VILLAGE)
        actual = self._names[AreaKind.GRID].get(grid or "")
        if (
            written
            and actual
            and precision is not Precision.TOWNSHIP
            and village_stem(written) != village_stem(actual)
        ):
            return factors.assumed_other_village, message(
                "乡镇与地址一致，所在村（社区）与地址所写不同，请核对"
            )
        return 1.0, message("所在乡镇与地址一致")


def _number_agrees(parsed: ParsedAddress, answer: Answer) -> bool:
    """Tell whether a door has the number that was asked for, where the service tells it."""
    if answer.number is None:
        return True
    asked = parsed.get(AddressLevel.NUMBER) or parsed.get(AddressLevel.BUILDING)
    if asked is None:
        return True
    told = answer.number or answer.label
    if (key := house_key(asked)) is not None and house_key(told) == key:
        return True
    return bool(set(_DIGITS.findall(asked)) & set(_DIGITS.findall(told)))


def _translated(error: GeocoderServiceError, service: str) -> OnlineServiceError:
    """Return our error for geopy's: what happened and the cure, without geopy's text."""
    match error:
        case GeocoderAuthenticationFailure() | GeocoderInsufficientPrivileges():
            return OnlineKeyError(
                "在线服务 %(service)s 不接受本院的密钥；请管理员核对密钥、服务权限和 IP 白名单",
                service=service,
            )
        case GeocoderQuotaExceeded():
            return OnlineQuotaError(
                "在线服务 %(service)s 的配额已用完或查询过快；请稍后再试，或调低频率、提高配额",
                service=service,
            )
        case GeocoderTimedOut():
            return OnlineTimeoutError(
                "在线服务 %(service)s 未在时限内应答；请检查网络后重试，或调大 timeout_s",
                service=service,
            )
        case GeocoderUnavailable():
            return OnlineServiceError(
                "在线服务 %(service)s 无法连接；请检查网络与该服务的配置", service=service
            )
        case GeocoderParseError():
            return OnlineServiceError(
                "在线服务 %(service)s 的应答无法识别，未采用；请确认 url 指向地理编码服务，"
                "或稍后重试",
                service=service,
            )
        case GeocoderQueryError():
            return OnlineServiceError(
                "在线服务 %(service)s 不接受这一查询，未采用；该地址请人工核对", service=service
            )
    return OnlineServiceError(
        "在线服务 %(service)s 内部出错，未得到结果；请稍后重试", service=service
    )
