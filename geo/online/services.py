"""The services: Amap and Tianditu as geopy geocoders, Nominatim as geopy has it.

geopy holds the call, the paces and the error tree; what it lacks is written here on its base
class, so that the three are asked alike. Answers become :class:`Answer`, in the service's own
datum.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from geopy.exc import (
    GeocoderAuthenticationFailure,
    GeocoderParseError,
    GeocoderQueryError,
    GeocoderQuotaExceeded,
    GeocoderServiceError,
)
from geopy.geocoders import Nominatim
from geopy.geocoders.base import Geocoder
from geopy.location import Location

from geo.coordinates import CHINA_LAT, CHINA_LON

__all__ = ["Adapters", "Amap", "Answer", "Ask", "Tianditu", "amap", "nominatim", "tianditu"]

logging.getLogger("geopy").addFilter(lambda _: False)  # it logs URLs, with address and key

_MOST = 5
_LONGEST_LABEL = 120
_FORMULA = "=+-@＝＋－＠"

_AMAP_BAD_KEYS = frozenset(
    {"10001", "10002", "10005", "10006", "10007", "10008", "10009", "10011", "10012", "10013"}
    | {"10026", "10041"}
)
_AMAP_QUOTAS = frozenset(
    {"10003", "10004", "10010", "10014", "10015", "10019", "10020", "10021", "10029", "10044"}
    | {"10045", "40000", "40002", "40003"}
)
_AMAP_NOTHING_FOUND = "30001"  # "engine response data error": so it says of unknown addresses
_TIANDITU_BAD_KEYS = frozenset({403, 418})

Adapters = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """One place that a service offers.

    Parameters
    ----------
    lon_deg, lat_deg
        Degrees in the service's own datum.
    level
        The service's word for how precise it is.
    label
        The service's writing of the address.
    county
        Name of the county or district, where the service tells it.
    number
        House number of the place; empty if it has none, None if the service does not tell.
    score
        0..1, where the service grades its answer; else 1.
    """

    lon_deg: float
    lat_deg: float
    level: str
    label: str = ""
    county: str = ""
    number: str | None = None
    score: float = 1.0


Ask = Callable[[str], tuple[Answer, ...]]
"""Asks a service for a text; raises geopy's errors."""


class Amap(Geocoder):  # type: ignore[misc]  # geopy ships no types
    """Amap's web service for geocoding (高德, v3); answers in GCJ-02."""

    def __init__(self, *, key: str, timeout: float, adapter_factory: Adapters, **base: Any) -> None:
        super().__init__(
            scheme="https", timeout=timeout, proxies={}, adapter_factory=adapter_factory, **base
        )
        self._key = key

    def geocode(self, query: str, *, exactly_one: bool = True) -> Any:
        """Return the first place of a text, or a list of them; None where nothing is known."""
        asked = urlencode({"address": query, "key": self._key, "output": "JSON"})
        url = f"https://restapi.amap.com/v3/geocode/geo?{asked}"
        return self._call_geocoder(url, partial(self._parse, exactly_one=exactly_one))

    @staticmethod
    def _parse(reply: Any, *, exactly_one: bool) -> Any:
        if str(reply["status"]) != "1":
            code = str(reply.get("infocode", ""))
            if code == _AMAP_NOTHING_FOUND:
                return None
            raise _amap_error(code)
        places = [
            Location(_text(row.get("formatted_address")), _lat_first(row["location"]), row)
            for row in reply["geocodes"]
            if row.get("location")
        ]
        return _one_or_all(places, exactly_one=exactly_one)


class Tianditu(Geocoder):  # type: ignore[misc]  # geopy ships no types
    """Tianditu's web service for geocoding (天地图); answers in CGCS2000."""

    def __init__(self, *, key: str, timeout: float, adapter_factory: Adapters, **base: Any) -> None:
        super().__init__(
            scheme="https", timeout=timeout, proxies={}, adapter_factory=adapter_factory, **base
        )
        self._key = key

    def geocode(self, query: str, *, exactly_one: bool = True) -> Any:
        """Return the place of a text, alone or in a list; None where nothing is known."""
        question = json.dumps({"keyWord": query}, ensure_ascii=False)
        url = f"https://api.tianditu.gov.cn/geocoder?{urlencode({'ds': question, 'tk': self._key})}"
        return self._call_geocoder(url, partial(self._parse, exactly_one=exactly_one))

    def _geocoder_exception_handler(self, error: Exception) -> None:
        if getattr(error, "status_code", None) in _TIANDITU_BAD_KEYS:
            raise GeocoderAuthenticationFailure("key refused") from None

    @staticmethod
    def _parse(reply: Any, *, exactly_one: bool) -> Any:
        if "code" in reply and "status" not in reply:
            raise GeocoderAuthenticationFailure("key refused")
        if str(reply["status"]) == "101":
            return None
        if str(reply["status"]) != "0":
            raise GeocoderQueryError("status")
        found = reply.get("location")
        if not found:
            return None
        place = Location("", _lat_first(f"{found['lon']},{found['lat']}"), found)
        return _one_or_all([place], exactly_one=exactly_one)


def amap(*, key: str, timeout_s: float, adapters: Adapters) -> Ask:
    """Return how Amap is asked."""
    return _asking(Amap(key=key, timeout=timeout_s, adapter_factory=adapters).geocode, _from_amap)


def tianditu(*, key: str, timeout_s: float, adapters: Adapters) -> Ask:
    """Return how Tianditu is asked."""
    service = Tianditu(key=key, timeout=timeout_s, adapter_factory=adapters)
    return _asking(service.geocode, _from_tianditu)


def nominatim(*, url: str, timeout_s: float, adapters: Adapters, ssl_context: Any = None) -> Ask:
    """Return how a Nominatim of the court's own is asked."""
    scheme, _, domain = url.partition("://")
    service = Nominatim(
        domain=domain,
        scheme=scheme,
        timeout=timeout_s,
        proxies={},
        ssl_context=ssl_context,
        adapter_factory=adapters,
    )
    call = partial(
        service.geocode, limit=_MOST, addressdetails=True, language="zh", country_codes="cn"
    )
    return _asking(call, _from_nominatim)


def _asking(call: Callable[..., Any], read: Callable[[Location], Answer]) -> Ask:
    def ask(text: str) -> tuple[Answer, ...]:
        try:
            answers = [read(place) for place in (call(text, exactly_one=False) or ())[:_MOST]]
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            if isinstance(error, GeocoderServiceError):
                raise
            raise GeocoderParseError("unknown shape") from None  # its text may hold the answer
        return tuple(answer for answer in answers if _in_china(answer))

    return ask


def _from_amap(place: Location) -> Answer:
    raw = place.raw
    return Answer(
        place.longitude,
        place.latitude,
        _text(raw.get("level")),
        _label(raw.get("formatted_address")),
        _text(raw.get("district")),
        _text(raw.get("number")),
    )


def _from_tianditu(place: Location) -> Answer:
    raw = place.raw
    score = float(raw.get("score", 100)) / 100.0
    if not math.isfinite(score):
        raise GeocoderParseError("score")
    return Answer(
        place.longitude, place.latitude, _text(raw.get("level")), score=min(1.0, max(0.0, score))
    )


def _from_nominatim(place: Location) -> Answer:
    raw, parts = place.raw, place.raw.get("address", {})
    number = _text(parts.get("house_number"))
    kind = _text(raw.get("addresstype")) or _text(raw.get("type"))
    county = next(
        (parts[key] for key in ("county", "city_district", "district") if key in parts), ""
    )
    return Answer(
        place.longitude,
        place.latitude,
        "house" if number else kind,
        _label(raw.get("display_name")),
        _text(county),
        number,
    )


def _amap_error(code: str) -> GeocoderServiceError:
    if code in _AMAP_BAD_KEYS:
        return GeocoderAuthenticationFailure(code)
    if code in _AMAP_QUOTAS:
        return GeocoderQuotaExceeded(code)
    if code.startswith("2"):
        return GeocoderQueryError(code)
    return GeocoderServiceError(code)


def _one_or_all(places: Sequence[Location], *, exactly_one: bool) -> Any:
    if not places:
        return None
    return places[0] if exactly_one else list(places)


def _lat_first(text: str) -> tuple[float, float]:
    lon, lat = map(float, text.split(","))
    if not abs(lat) <= 90.0:  # geopy would print a warning
        raise GeocoderParseError("latitude")
    return lat, lon


def _text(value: Any) -> str:
    """Return a text field; Amap writes ``[]`` where it knows nothing."""
    return value.strip() if isinstance(value, str) else ""


def _label(value: Any) -> str:
    """Return a text that may stand in a table: short, one line, no formula."""
    plain = "".join(character for character in _text(value) if character.isprintable())
    return plain.lstrip(_FORMULA)[:_LONGEST_LABEL]


def _in_china(answer: Answer) -> bool:
    return (
        CHINA_LON[0] <= answer.lon_deg <= CHINA_LON[1]
        and CHINA_LAT[0] <= answer.lat_deg <= CHINA_LAT[1]
    )
