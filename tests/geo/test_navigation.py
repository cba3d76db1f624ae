"""Links to navigation apps."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from geo import coordinates
from geo.model import Datum
from geo.navigation import NavigationApp, navigation_link


@pytest.mark.parametrize(
    ("app", "field", "lat_first"),
    [
        (NavigationApp.AMAP, "to", False),
        (NavigationApp.BAIDU, "destination", True),
        (NavigationApp.TENCENT, "tocoord", True),
    ],
)
def test_a_link_drives_to_the_place_in_the_datum_of_the_app(
    app: NavigationApp, field: str, lat_first: bool
) -> None:
    place = np.array([[118.6, 24.9]])
    lon, lat = coordinates.from_wgs84(place, app.datum)[0].tolist()
    (text,) = parse_qs(urlsplit(navigation_link(app, lon=lon, lat=lat)).query)[field]
    pair = [float(part) for part in text.split(",")]
    found = np.array([pair[::-1] if lat_first else pair])
    back = coordinates.to_wgs84(found, app.datum)
    assert np.abs(back - place).max() < 2e-6
    assert app.datum is not Datum.WGS84


def test_other_apps_take_a_geo_uri_with_the_latitude_first() -> None:
    assert NavigationApp.OTHER.datum is Datum.WGS84
    assert navigation_link(NavigationApp.OTHER, lon=118.6, lat=-4.25) == "geo:-4.250000,118.600000"
