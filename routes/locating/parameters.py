"""Numbers of the locating model, read from TOML and checked once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from geo.model import Floats, Precision
from geo.tomlfile import parse_toml, read_toml
from routes.checks import Answer, Check
from routes.errors import ProfileError
from routes.model import ClaimSource, OutcomeKind, PlaceKind, VisitBand

__all__ = [
    "AnchorParameters",
    "AwayParameters",
    "CheckParameters",
    "ClaimParameters",
    "DayType",
    "LearnedSpread",
    "LocatingParameters",
    "MoveParameters",
    "OutcomeParameters",
    "PresenceParameters",
    "QuestionParameters",
    "Spread",
    "ValueParameters",
    "default_parameters",
    "load_parameters",
]

_DEFAULTS = "defaults.toml"
_LEAST_DRAWS, _MOST_DRAWS = 20, 1000  # the limits leave out a twentieth at each end
E = TypeVar("E", bound=StrEnum)


class DayType(StrEnum):
    """Kinds of day that presence tells apart.

    A festival is a statutory holiday with the days of rest that hang together with it.
    """

    WORKDAY = "workday"
    REST_DAY = "rest_day"
    FESTIVAL = "festival"


@dataclass(frozen=True, slots=True)
class ClaimParameters:
    """What a statement of each source is worth.

    Parameters
    ----------
    fresh, stale
        P(statement | the debtor's place) / P(statement | not), of a new and of an old one.
    half_life_d
        Days in which half of the statements stop telling of the present.
    family
        Sources of one family count once at one place.
    transcribing
        Sources that copy the text of others.
    """

    fresh: Mapping[ClaimSource, float]
    stale: Mapping[ClaimSource, float]
    half_life_d: Mapping[ClaimSource, float]
    family: Mapping[ClaimSource, str]
    transcribing: frozenset[ClaimSource]


@dataclass(frozen=True, slots=True)
class AnchorParameters:
    """Odds of a named place against *elsewhere*, before its statements."""

    residence: float
    day_place: float
    seat: float


@dataclass(frozen=True, slots=True)
class PresenceParameters:
    """Presence by kind of place, band and day type, and how townships and debtors vary.

    Parameters
    ----------
    mean
        Probability of being there when not away, at habit and township zero.
    township
        Shift of the log odds by township code; 0 for one that is not named.
    habit_sd, township_sd
        Standard deviations of debtors and townships, in log odds.
    """

    mean: Mapping[tuple[PlaceKind, VisitBand, DayType], float]
    township: Mapping[str, float]
    habit_sd: float
    township_sd: float


@dataclass(frozen=True, slots=True)
class AwayParameters:
    """Probability of being away for a calendar week, and for a day of another week."""

    week: float
    day: float


@dataclass(frozen=True, slots=True)
class MoveParameters:
    """How often a year a residence, a day place, a company's seat is given up for another."""

    residence: float
    day_place: float
    seat: float


@dataclass(frozen=True, slots=True)
class OutcomeParameters:
    """Shares of what a visit reports, by what is true; each sums to one.

    Parameters
    ----------
    here_present, here_absent, not_here
        The debtor belongs there and is there; belongs there and is out; does not belong there.
    mistaken, mistaken_share
        Of a report that tells of nothing: mistakes, hearsay; and how many reports are such.
    """

    here_present: Mapping[OutcomeKind, float]
    here_absent: Mapping[OutcomeKind, float]
    not_here: Mapping[OutcomeKind, float]
    mistaken: Mapping[OutcomeKind, float]
    mistaken_share: float


@dataclass(frozen=True, slots=True)
class Spread:
    """How unsure the numbers are; intervals are made of ``draws`` draws of this ``seed``.

    Parameters
    ----------
    log_ratio, log_odds, moves
        Standard deviation of the logarithm of ratios, of the anchors' odds, of moves a year.
    presence, away, mistaken
        Of the log odds of presence, of being away and of the share of mistaken reports.
    presence_shared
        Share of the variance of presence that all bands and days of a kind of place share.
    outcome_visits
        Visits that each table of outcomes is worth (Dirichlet).
    """

    log_ratio: float
    log_odds: float
    presence: float
    presence_shared: float
    away: float
    moves: float
    mistaken: float
    outcome_visits: float
    draws: int
    seed: int


@dataclass(frozen=True, slots=True)
class ValueParameters:
    """Weights of :func:`routes.locating.visits_value`, see ``defaults.toml``."""

    base: float
    amount: float
    amount_yuan: float
    age_per_year: float
    age_most: float
    livelihood: float
    black: float
    urgency: float
    failed_cost: float


@dataclass(frozen=True, slots=True)
class CheckParameters:
    """What a check costs, and the shares of its answers; each sums to one.

    Parameters
    ----------
    cost
        In the unit of :class:`ValueParameters`.
    here, away
        If the place is the debtor's residence (day place, seat), and if not.
    """

    cost: float
    here: Mapping[Answer, float]
    away: Mapping[Answer, float]


@dataclass(frozen=True, slots=True)
class QuestionParameters:
    """What checks and visits cost; ``visit_cost`` is a team's time, beside a failed attempt."""

    visit_cost: float
    checks: Mapping[Check, CheckParameters]


@dataclass(frozen=True, slots=True, eq=False)
class LearnedSpread:
    """How unsure learned numbers are, all together; it stands in the place of :class:`Spread`.

    Parameters
    ----------
    townships
        Codes of the vector's last entries; the first one is "", which has none.
    covariance
        Of the entries of :mod:`routes.locating.vector`, shape (entries, entries).
    """

    townships: tuple[str, ...]
    covariance: Floats


@dataclass(frozen=True, slots=True)
class LocatingParameters:
    """Every number of the model; ``defaults.toml`` says what each means and where it is from.

    ``learned`` is set where numbers were learned, and stands in no file.
    """

    claim: ClaimParameters
    anchor: AnchorParameters
    same_place_m: float
    detection: Mapping[Precision, float]
    lead_ratio: float
    lead_band_ratio: float
    presence: PresenceParameters
    away: AwayParameters
    move: MoveParameters
    outcome: OutcomeParameters
    spread: Spread
    value: ValueParameters
    question: QuestionParameters
    learned: LearnedSpread | None = None


@cache
def default_parameters() -> LocatingParameters:
    """Return the numbers that come with the program."""
    text = (files("routes.locating") / _DEFAULTS).read_text(encoding="utf-8")
    return _parameters(parse_toml(text), _DEFAULTS)


def load_parameters(path: Path) -> LocatingParameters:
    """Read a complete parameter file, in the form of ``defaults.toml``.

    Raises
    ------
    ProfileError
        If the file cannot be read, a key is missing, unknown or out of range, or a
        probability is exactly 0 or 1.
    """
    table = read_toml(
        path,
        ProfileError("定位参数文件 %(file)s 无法读取，请检查路径和 TOML 格式", file=path.name),
    )
    return _parameters(table, path.name)


def _inner(value: float) -> bool:
    return 0.0 < value < 1.0


def _positive(value: float) -> bool:
    return 0.0 < value <= 1e9  # products of all sources stay finite


def _finite(value: float) -> bool:
    return abs(value) < float("inf")


def _least_zero(value: float) -> bool:
    return 0.0 <= value < float("inf")


def _least_one(value: float) -> bool:
    return 1.0 <= value < float("inf")


class _Reader:
    """Takes keys out of a table; what is left at the end is unknown."""

    def __init__(self, table: dict[str, Any], file: str) -> None:
        self._rest, self._file = table, file

    def error(self, key: str) -> ProfileError:
        return ProfileError(
            "定位参数文件 %(file)s 的 %(key)s 缺失、多余或取值无效，请对照默认参数文件的说明",
            file=self._file,
            key=key,
        )

    def take(self, path: str) -> Any:
        *above, last = path.split(".")
        table = self._rest
        for key in above:
            table = table.get(key, {}) if isinstance(table, dict) else {}
        if not isinstance(table, dict) or last not in table:
            raise self.error(path)
        return table.pop(last)

    def number(self, path: str, fits: Callable[[float], bool]) -> float:
        return self._number(self.take(path), path, fits)

    def _number(self, value: Any, path: str, fits: Callable[[float], bool]) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(path)
        if fits is _inner and value in (0, 1):
            raise ProfileError(
                "定位参数文件 %(file)s 的 %(key)s 不能正好取 0 或 1：那样以后的任何走访结果都"
                "无法修正它，请改为 0 与 1 之间的数，例如 0.001 或 0.999",
                file=self._file,
                key=path,
            )
        if not fits(value):
            raise self.error(path)
        return float(value)

    def count(self, path: str, least: int, most: int) -> int:
        value = self.take(path)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ProfileError(
                "定位参数文件 %(file)s 的 %(key)s 须为 %(least)d 至 %(most)d 的整数",
                file=self._file,
                key=path,
                least=least,
                most=most,
            )
        return value

    def by_code(self, path: str, codes: type[E], fits: Callable[[float], bool]) -> dict[E, float]:
        return {code: self.number(f"{path}.{code}", fits) for code in codes}

    def outcomes(self, path: str) -> dict[OutcomeKind, float]:
        shares = self.by_code(path, OutcomeKind, _inner)
        if abs(sum(shares.values()) - 1.0) > 1e-9:
            raise self.error(path)
        return shares

    def bands(self, path: str) -> list[float]:
        return self._list(path, len(VisitBand))

    def answers(self, path: str) -> dict[Answer, float]:
        shares = self._list(path, len(Answer))
        if abs(sum(shares) - 1.0) > 1e-9:
            raise self.error(path)
        return dict(zip(Answer, shares, strict=True))

    def _list(self, path: str, length: int) -> list[float]:
        values = self.take(path)
        if not isinstance(values, list) or len(values) != length:
            raise self.error(path)
        return [self._number(value, path, _inner) for value in values]

    def families(self, path: str) -> dict[ClaimSource, str]:
        family: dict[ClaimSource, str] = {}
        for source in ClaimSource:
            name = self.take(f"{path}.{source}")
            if not isinstance(name, str):
                raise self.error(f"{path}.{source}")
            family[source] = name
        return family

    def sources(self, path: str) -> frozenset[ClaimSource]:
        names = self.take(path)
        known = {str(source): source for source in ClaimSource}
        if not isinstance(names, list) or any(name not in known for name in names):
            raise self.error(path)
        return frozenset(known[name] for name in names)

    def shifts(self, path: str) -> dict[str, float]:
        table = self.take(path)
        if not isinstance(table, dict):
            raise self.error(path)
        return {code: self._number(v, f"{path}.{code}", _finite) for code, v in table.items()}

    def finish(self) -> None:
        for path in _leaves(self._rest):
            raise self.error(path)


def _leaves(table: dict[str, Any], above: str = "") -> list[str]:
    found: list[str] = []
    for key, value in table.items():
        found += _leaves(value, f"{above}{key}.") if isinstance(value, dict) else [f"{above}{key}"]
    return found


def _parameters(table: dict[str, Any], file: str) -> LocatingParameters:
    read = _Reader(table, file)
    mean = {
        (kind, band, day): value
        for day in DayType
        for kind in PlaceKind
        for band, value in zip(VisitBand, read.bands(f"presence.{day}.{kind}"), strict=True)
    }
    parameters = LocatingParameters(
        claim=ClaimParameters(
            fresh=read.by_code("claim.fresh", ClaimSource, _positive),
            stale=read.by_code("claim.stale", ClaimSource, _positive),
            half_life_d=read.by_code("claim.half_life_d", ClaimSource, _positive),
            family=read.families("claim.family"),
            transcribing=read.sources("claim.transcribing"),
        ),
        anchor=AnchorParameters(
            residence=read.number("anchor.residence", _positive),
            day_place=read.number("anchor.day_place", _positive),
            seat=read.number("anchor.seat", _positive),
        ),
        same_place_m=read.number("place.same_place_m", _least_zero),
        detection=read.by_code("detection", Precision, _inner),
        lead_ratio=read.number("lead.ratio", _least_one),
        lead_band_ratio=read.number("lead.band_ratio", _least_one),
        presence=PresenceParameters(
            mean=mean,
            township=read.shifts("presence.township"),
            habit_sd=read.number("presence.habit_sd", _positive),
            township_sd=read.number("presence.township_sd", _positive),
        ),
        away=AwayParameters(
            week=read.number("away.week", _inner), day=read.number("away.day", _inner)
        ),
        move=MoveParameters(
            residence=read.number("move.residence", _positive),
            day_place=read.number("move.day_place", _positive),
            seat=read.number("move.seat", _positive),
        ),
        outcome=OutcomeParameters(
            here_present=read.outcomes("outcome.here_present"),
            here_absent=read.outcomes("outcome.here_absent"),
            not_here=read.outcomes("outcome.not_here"),
            mistaken=read.outcomes("outcome.mistaken"),
            mistaken_share=read.number("outcome.mistaken_share", _inner),
        ),
        spread=Spread(
            log_ratio=read.number("spread.log_ratio", _least_zero),
            log_odds=read.number("spread.log_odds", _least_zero),
            presence=read.number("spread.presence", _least_zero),
            presence_shared=read.number("spread.presence_shared", _inner),
            away=read.number("spread.away", _least_zero),
            moves=read.number("spread.moves", _least_zero),
            mistaken=read.number("spread.mistaken", _least_zero),
            outcome_visits=read.number("spread.outcome_visits", _positive),
            draws=read.count("spread.draws", _LEAST_DRAWS, _MOST_DRAWS),
            seed=read.count("spread.seed", 0, 2**31),
        ),
        value=ValueParameters(
            base=read.number("value.base", _least_zero),
            amount=read.number("value.amount", _least_zero),
            amount_yuan=read.number("value.amount_yuan", _positive),
            age_per_year=read.number("value.age_per_year", _least_zero),
            age_most=read.number("value.age_most", _least_zero),
            livelihood=read.number("value.livelihood", _least_one),
            black=read.number("value.black", _least_one),
            urgency=read.number("value.urgency", _least_zero),
            failed_cost=read.number("value.failed_cost", _least_zero),
        ),
        question=QuestionParameters(
            visit_cost=read.number("question.visit_cost", _least_zero),
            checks={
                check: CheckParameters(
                    cost=read.number(f"question.{check}.cost", _least_zero),
                    here=read.answers(f"question.{check}.here"),
                    away=read.answers(f"question.{check}.away"),
                )
                for check in Check
            },
        ),
    )
    read.finish()
    return parameters
