"""Which counties an address may mean, and what their basic courts are usually called.

A court's name is worked out from its county's by the usual pattern; nothing here is a register
of courts. Whoever uses an answer confirms it.
"""

from __future__ import annotations

from dataclasses import dataclass

from geo.divisions import Division, divisions
from geo.model import AddressLevel, ParsedAddress

__all__ = ["CountyCourt", "CountyReading", "counties_in", "court_of"]

_DIVISION_LEVELS = (AddressLevel.PROVINCE, AddressLevel.CITY, AddressLevel.COUNTY)
_NO_URBAN_DISTRICT = ("神农架林区", "六枝特区")
_COURT = "人民法院"


@dataclass(frozen=True, slots=True)
class CountyCourt:
    """A county and the usual name of its basic court, to be confirmed.

    Parameters
    ----------
    code
        Six digits; empty for a county that is known by an imported border only.
    county
        Province, city and county in one text.
    court
        The court's usual name.
    several_courts
        True for a city without counties, which often has several numbered courts.
    """

    code: str
    county: str
    court: str
    several_courts: bool = False


@dataclass(frozen=True, slots=True)
class CountyReading:
    """The counties that an address text may mean.

    ``named`` is the text that names the county, empty where none does. ``contradicts`` tells
    that the text's wider units allow none of ``counties``, which then are all of that name.
    """

    named: str = ""
    counties: tuple[Division, ...] = ()
    contradicts: bool = False


def counties_in(parsed: ParsedAddress) -> CountyReading:
    """Return all counties that an address may mean; names repeat, so there may be several.

    Province and city in the same text narrow the choice; nothing else does.

    Examples
    --------
    >>> from geo.addresses import parse
    >>> [county.code for county in counties_in(parse("鼓楼区中山路1号")).counties]
    ['320106', '320302', '350102', '410204']
    >>> [county.code for county in counties_in(parse("福建省鼓楼区中山路1号")).counties]
    ['350102']
    """
    texts = [(part.level, part.text) for part in parsed.parts if part.level in _DIVISION_LEVELS]
    last = next((text for level, text in reversed(texts) if level is AddressLevel.COUNTY), "")
    if last:
        found = _meant(last)
    else:  # a county-level city, or a city that is its own county, and no other city's short name
        last = next((text for level, text in reversed(texts) if level is AddressLevel.CITY), "")
        every = _meant(last)
        ranks = {one.level for one in every}
        found = tuple(one for one in every if not one.short or AddressLevel.CITY not in ranks)
    counties = tuple(one for one in found if one.level is AddressLevel.COUNTY)
    if not counties:
        return CountyReading()
    narrowed, contradicts = counties, False
    for _, text in texts:
        wider = tuple(one.code for one in divisions().named(text))
        if text == last or not wider:
            continue
        left = tuple(one for one in narrowed if one.code.startswith(wider))
        contradicts |= not left
        narrowed = left
    chosen = counties if contradicts else narrowed
    return CountyReading(last, tuple(sorted(chosen, key=lambda one: one.code)), contradicts)


def court_of(county: Division) -> CountyCourt:
    """Return the usual name of a county's basic court.

    A district's court bears the name of its city too; those of counties, banners and
    county-level cities do not.

    Examples
    --------
    >>> [court_of(divisions().of(code)).court for code in ("350504", "350521", "110105")]
    ['泉州市洛江区人民法院', '惠安县人民法院', '北京市朝阳区人民法院']
    """
    table = divisions()
    province, city = table.of(county.code[:2]), table.of(county.code[:4])
    wider = [one.name for one in (province, city) if one is not None]
    whole = city is not None and city.name == county.name
    county_text = "".join(wider) if whole else "".join([*wider, county.name])
    urban = county.name.endswith("区") and county.name not in _NO_URBAN_DISTRICT
    court = f"{wider[-1]}{county.name}" if urban and wider else county.name
    return CountyCourt(county.code, county_text, court + _COURT, several_courts=whole)


def _meant(text: str) -> tuple[Division, ...]:
    """Return the divisions of a name: those whose full name it is, otherwise by short name."""
    found = divisions().named(text)
    full = tuple(one for one in found if not one.short)
    if any(one.level is AddressLevel.COUNTY for one in full):
        return full
    return found
