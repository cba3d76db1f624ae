"""Debtors with their true whereabouts, and the address claims that sources make of them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from data.demo.addresstexts import AddressText, AddressWriter
from data.demo.district import District
from data.demo.frame import stream
from data.demo.names import company_names
from data.demo.people import Debtor, credit_code, make_persons
from data.demo.villagegroups import VillageGroups

__all__ = ["Claim", "Subject", "make_subjects"]

_PERSON_SHARE = 0.79
_ELSEWHERE_SHARE = 0.17


@dataclass(frozen=True, slots=True)
class _Source:
    """A source: how often it speaks, how often it is right when fresh, how messy, how old."""

    name: str
    kind: str
    share: float
    right: float
    mess: float
    years: float
    document: str


_PERSON_SOURCES: tuple[_Source, ...] = (
    _Source("户籍", "住所", 0.24, 0.50, 0.15, 4.0, "户籍查询回执（{y}）第{n}号"),
    _Source("裁判文书", "住所", 0.19, 0.56, 0.35, 1.6, "（{y}）闽0599民初{n}号"),
    _Source("申请人提供", "住所", 0.18, 0.50, 1.0, 0.6, "申请执行人线索登记（{y}）第{n}号"),
    _Source("送达地址确认书", "住所", 0.08, 0.82, 0.6, 1.2, "送达地址确认书（{y}）第{n}号"),
    _Source("居住证", "住所", 0.05, 0.74, 0.25, 1.3, "居住证查询回执（{y}）第{n}号"),
    _Source("水电气账户", "住所", 0.06, 0.80, 0.5, 0.5, "协助查询回执（{y}）第{n}号"),
    _Source("租赁备案", "住所", 0.04, 0.66, 0.4, 1.0, "租赁备案查询（{y}）第{n}号"),
    _Source("网格联络员", "住所", 0.05, 0.86, 0.9, 0.3, "网格协查反馈（{y}）第{n}号"),
    _Source("不动产登记", "住所", 0.04, 0.52, 0.2, 3.5, "不动产查询回执（{y}）第{n}号"),
    _Source("车辆登记", "住所", 0.02, 0.46, 0.4, 3.0, "车辆查询回执（{y}）第{n}号"),
    _Source("社保缴纳单位", "工作单位", 0.03, 0.70, 0.4, 0.8, "社保查询回执（{y}）第{n}号"),
    _Source("市场主体登记", "经营场所", 0.02, 0.50, 0.3, 2.5, "市场主体查询回执（{y}）第{n}号"),
)
_COMPANY_SOURCES: tuple[_Source, ...] = (
    _Source("市场主体登记", "登记地址", 0.52, 0.46, 0.2, 3.0, "市场主体查询回执（{y}）第{n}号"),
    _Source("申请人提供", "经营场所", 0.18, 0.52, 1.0, 0.6, "申请执行人线索登记（{y}）第{n}号"),
    _Source("裁判文书", "经营场所", 0.14, 0.50, 0.35, 1.6, "（{y}）闽0599民初{n}号"),
    _Source("水电气账户", "经营场所", 0.08, 0.80, 0.5, 0.5, "协助查询回执（{y}）第{n}号"),
    _Source("网格联络员", "经营场所", 0.08, 0.86, 0.9, 0.3, "网格协查反馈（{y}）第{n}号"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """One address claim with the hidden truth about it.

    ``house`` is where its text leads; ``true`` tells whether the debtor is to be met there, else
    ``fault`` tells why not: moved, no_such_address, namesake or closed.
    """

    address: AddressText
    source: str
    kind: str
    seen_on: date
    document: str
    house: int
    true: bool
    fault: str


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A debtor with claims. ``home`` is the house where it really is, -1 outside the district.

    ``habit`` shifts the log odds of being met, in all bands alike.
    """

    debtor: Debtor
    home: int
    habit: float
    claims: tuple[Claim, ...]


def make_subjects(
    district: District, groups: VillageGroups, *, as_of: date, seed: int
) -> tuple[Subject, ...]:
    """Return one debtor a case, with the plan's number of claims in all."""
    plan = district.plan
    rng = stream(seed, "debtors")
    persons = iter(make_persons(plan.cases, as_of, rng))
    is_person = rng.random(plan.cases) < _PERSON_SHARE
    companies = _Companies(district, rng)
    counts = _counts(plan.cases, plan.claims, rng)
    writer = AddressWriter(district, groups, stream(seed, "address texts"))
    maker = _ClaimMaker(district, writer, as_of, stream(seed, "claims"))
    subjects = []
    for person, count in zip(is_person.tolist(), counts.tolist(), strict=True):
        if person:
            debtor, home = next(persons), maker.house()
        else:
            debtor, home = companies.next()
        if rng.random() < _ELSEWHERE_SHARE:
            home = -1
        subjects.append(
            Subject(
                debtor,
                home,
                float(rng.normal(0.0, 0.7)),
                maker.claims(debtor, home, int(count)),
            )
        )
    return tuple(subjects)


def _counts(
    cases: int, claims: int, rng: np.random.Generator
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return claims a case, one to four, that add up."""
    counts = rng.choice(4, cases, p=(0.53, 0.31, 0.12, 0.04)) + 1
    while (gap := claims - int(counts.sum())) != 0:
        fit = np.flatnonzero(counts < 4 if gap > 0 else counts > 1)
        some = rng.choice(fit, min(abs(gap), len(fit)), replace=False)
        counts[some] += 1 if gap > 0 else -1
    return np.asarray(counts, dtype=np.int64)


def _same(one: Claim, other: Claim) -> bool:
    """Tell whether two claims have one text, but for widths and blanks."""
    first, second = (
        re.sub(r"\s+", "", unicodedata.normalize("NFKC", claim.address.text))
        for claim in (one, other)
    )
    return first == second


class _Companies:
    """Hands out company debtors: those on the map first, then others in ordinary houses."""

    def __init__(self, district: District, rng: np.random.Generator) -> None:
        self._district = district
        self._rng = rng
        self._mapped = [poi for poi in district.pois if poi.company]
        self._names = {poi.name for poi in self._mapped}
        self._serial = 0

    def next(self) -> tuple[Debtor, int]:
        self._serial += 1
        number = credit_code(self._serial)
        if self._mapped and self._rng.random() < 0.25:
            poi = self._mapped.pop(int(self._rng.integers(len(self._mapped))))
            return Debtor(poi.name, number, company=True), poi.house
        house = int(self._rng.integers(len(self._district.houses.number)))
        village = self._district.places.villages[int(self._district.houses.village[house])]
        place = self._district.plan.townships[village.township].name
        while True:
            name, premises = company_names(1, place, self._rng)[0]
            if name not in self._names:
                break
            place = village.name
        self._names.add(name)
        return Debtor(name, number, company=True, premises=premises), house


class _ClaimMaker:
    def __init__(
        self, district: District, writer: AddressWriter, as_of: date, rng: np.random.Generator
    ) -> None:
        self._writer = writer
        self._as_of = as_of
        self._rng = rng
        self._village = district.houses.village
        self._works = [poi.house for poi in district.pois if poi.kind == "单位"]

    def house(self) -> int:
        """Return some house."""
        return int(self._rng.integers(len(self._village)))

    def _near(self, home: int) -> int:
        """Return a house of the same village where one has a home, as former homes often are."""
        if home < 0 or self._rng.random() < 0.5:
            return self.house()
        return int(self._rng.choice(np.flatnonzero(self._village == self._village[home])))

    def claims(self, debtor: Debtor, home: int, count: int) -> tuple[Claim, ...]:
        """Return claims of different texts; what is stale or heard is wrong more often."""
        sources = _COMPANY_SOURCES if debtor.company else _PERSON_SOURCES
        shares = np.asarray([source.share for source in sources])
        former = self._near(home)
        work = self._works[int(self._rng.integers(len(self._works)))]
        picks = self._rng.choice(len(sources), count, replace=False, p=shares / shares.sum())
        found: list[Claim] = []
        for pick in picks.tolist():
            claim = self._claim(sources[pick], home, former, work, debtor)
            while any(_same(claim, other) for other in found):
                claim = replace(
                    claim,
                    address=replace(claim.address, text=f"{claim.address.text}（{claim.source}）"),
                )
            found.append(claim)
        return tuple(found)

    def _claim(self, source: _Source, home: int, former: int, work: int, debtor: Debtor) -> Claim:
        rng = self._rng
        years = min(float(rng.exponential(source.years)), 12.0) + 0.05
        right = source.right * 0.5 ** (years / 9.0)
        place = work if source.kind == "工作单位" else home
        true = home >= 0 and bool(rng.random() < right * 1.15)
        fault = ""
        house = place
        if not true:
            draw = rng.random()
            fault = "moved" if draw < 0.7 else "no_such_address" if draw < 0.86 else "namesake"
            if debtor.company and fault in ("moved", "namesake"):
                fault = "closed" if draw < 0.5 else "moved"
            house = former if rng.random() < 0.6 or home < 0 else self._near(home)
            if house == place:
                house = self.house()
        address = self._writer.write(house, mess=source.mess, missing=fault == "no_such_address")
        seen_on = self._as_of - timedelta(days=int(years * 365.25))
        document = source.document.format(y=max(seen_on.year, 2019), n=int(rng.integers(11, 9000)))
        return Claim(address, source.name, source.kind, seen_on, document, house, true, fault)
