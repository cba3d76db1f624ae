from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from ipaddress import ip_network

import pytest
from geopy.adapters import AdapterHTTPError
from geopy.exc import (
    GeocoderParseError,
    GeocoderServiceError,
    GeocoderTimedOut,
    GeocoderUnavailable,
)

from geo.errors import OnlineRefusedError
from geo.online import Gate, GuardedAdapter, intranet, nominatim, own_gate, public_gate
from tests.geo.online_server import serving


def names(*addresses: str) -> Callable[[str, int], tuple[str, ...]]:
    return lambda host, port: addresses


@pytest.mark.parametrize(
    "address",
    [
        *("10.1.2.3", "172.31.0.9", "192.168.1.1", "127.0.0.1", "::1", "fd00::5"),
        *("::ffff:10.1.2.3", "144.20.8.1"),
    ],
)
def test_the_courts_own_server_stands_in_its_networks(address: str) -> None:
    gate = own_gate(
        "nominatim",
        "http://geo.court.example:8080/nominatim",
        networks=(intranet("144.20.0.0/16", service="nominatim"),),
        resolve=names(address),
    )
    assert gate.addresses("http://geo.court.example:8080/nominatim/search?q=x") == (address,)


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "1.2.4.8", "172.32.0.1", "100.64.0.1", "0.0.0.0", "169.254.169.254"),
        *("::ffff:8.8.8.8", "2001:db8::1", "fe80::1%eth0", "64:ff9b::a01:203", "2002:a01:203::1"),
    ],
)
def test_a_server_anywhere_else_is_refused_whatever_its_name(address: str) -> None:
    for name in ("nominatim.openstreetmap.org", "geo.court.gov.cn"):
        gate = own_gate("nominatim", f"https://{name}", resolve=names("10.0.0.1", address))
        with pytest.raises(OnlineRefusedError, match="内网"):
            gate.addresses(f"https://{name}/search?q=x")


@pytest.mark.parametrize(
    "url",
    [
        "https://restapi.amap.com.evil.example/v3/geocode/geo?key=x",
        "https://restapi.amap.com@evil.example/",
        "https://evil.example/?restapi.amap.com",
        "http://restapi.amap.com/v3/geocode/geo",
        "https://restapi.amap.com:8443/v3/geocode/geo",
        "https://amap.com/",
        "ftp://restapi.amap.com/",
        "//restapi.amap.com/",
        "https://restapi.amap.com:port/",
        "https://restapi.amap.com\\@evil.example/",
        "https://[::1/",
        "",
    ],
)
def test_a_public_service_is_one_host_over_tls(url: str) -> None:
    gate = public_gate("amap", resolve=names("203.0.113.5"))
    with pytest.raises(OnlineRefusedError) as caught:
        gate.addresses(url)
    assert "evil" not in str(caught.value)
    assert gate.addresses("https://restapi.amap.com/v3/geocode/geo?key=x") == ("203.0.113.5",)


@pytest.mark.parametrize("service", ["google", "nominatim", "", "bing"])
def test_no_other_service_is_public(service: str) -> None:
    with pytest.raises(OnlineRefusedError, match="amap、tianditu"):
        public_gate(service)


@pytest.mark.parametrize(
    "url",
    [
        *("http://user:secret@10.0.0.5/", "http://10.0.0.5/?q=", "http://10.0.0.5/#x", "10.0.0.5"),
        *("file:///etc/passwd", "gopher://10.0.0.5/", "http://", "http://10.0.0.5:99999/"),
        *("http://地图.example/", "http://10.0.0.5/a b", "http://10.0.0.5/\r\nX: y"),
    ],
)
def test_an_odd_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(OnlineRefusedError) as caught:
        own_gate("nominatim", url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["0.0.0.0/0", "0.0.0.0/4", "::/0", "8.0.0.0/7", "court", ""])
def test_an_intranet_is_no_half_of_the_world(text: str) -> None:
    with pytest.raises(OnlineRefusedError):
        intranet(text, service="nominatim")


# The way out, against a server on this machine


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    with serving() as made:
        yield made


def gate(server: ThreadingHTTPServer, address: str = "127.0.0.1") -> Gate:
    url = f"http://geo.court.example:{server.server_port}"
    return own_gate("nominatim", url, resolve=names(address))


def get(server: ThreadingHTTPServer, kind: str, timeout: float = 5.0) -> object:
    adapter = GuardedAdapter(proxies=None, ssl_context=None, gate=gate(server))
    url = f"http://geo.court.example:{server.server_port}/{kind}/search?q=x"
    return adapter.get_json(url, timeout=timeout, headers={"User-Agent": "x"})


def test_geopys_nominatim_goes_through_the_gate(server: ThreadingHTTPServer) -> None:
    ask = nominatim(
        url=f"http://geo.court.example:{server.server_port}/good",
        timeout_s=5.0,
        adapters=partial(GuardedAdapter, gate=gate(server)),
    )
    (answer,) = ask("中山路77号")
    assert (answer.level, answer.number, answer.county) == ("house", "77号", "青屿县")
    path, headers = server.seen[-1]  # type: ignore[attr-defined]
    assert path.startswith("/good/search?q=%E4")
    assert headers["Host"] == f"geo.court.example:{server.server_port}"
    assert "Cookie" not in headers
    assert "fieldwrit" not in str(headers).lower()


@pytest.mark.parametrize("kind", ["moved", "foreign"])
def test_no_redirect_is_followed(server: ThreadingHTTPServer, kind: str) -> None:
    before = len(server.seen)  # type: ignore[attr-defined]
    with pytest.raises(OnlineRefusedError, match="另一地址"):
        get(server, kind)
    assert len(server.seen) == before + 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("broken", AdapterHTTPError),
        ("busy", AdapterHTTPError),
        ("odd", GeocoderParseError),
        ("huge", GeocoderServiceError),
        ("slow", GeocoderTimedOut),
        ("drip", GeocoderTimedOut),
    ],
)
def test_trouble_has_its_geopy_error(
    server: ThreadingHTTPServer, kind: str, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        get(server, kind, timeout=0.3 if kind in ("slow", "drip") else 5.0)
    assert "search" not in str(caught.value)


def test_the_systems_proxy_is_not_used(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://203.0.113.9:3128")
    assert get(server, "good")


def test_an_address_that_changes_after_the_check_is_not_asked(server: ThreadingHTTPServer) -> None:
    turns = iter([("127.0.0.1",), ("203.0.113.9",)])
    url = f"http://geo.court.example:{server.server_port}"
    adapter = GuardedAdapter(
        proxies=None,
        ssl_context=None,
        gate=own_gate("nominatim", url, resolve=lambda host, port: next(turns)),
    )
    assert adapter.get_json(f"{url}/good/search?q=x", timeout=5.0, headers={})
    with pytest.raises(OnlineRefusedError):
        adapter.get_json(f"{url}/good/search?q=x", timeout=5.0, headers={})


def test_a_server_without_the_hosts_certificate_is_no_public_service(
    server: ThreadingHTTPServer,
) -> None:
    public = Gate("amap", "https", "restapi.amap.com", server.server_port, (), names("127.0.0.1"))
    adapter = GuardedAdapter(proxies=None, ssl_context=ssl.create_default_context(), gate=public)
    before = len(server.seen)  # type: ignore[attr-defined]
    with pytest.raises(GeocoderServiceError):
        adapter.get_json(
            f"https://restapi.amap.com:{server.server_port}/good/?q=x", timeout=0.5, headers={}
        )
    assert len(server.seen) == before  # type: ignore[attr-defined]


def test_nobody_there_and_no_such_name(server: ThreadingHTTPServer) -> None:
    def unknown(host: str, port: int) -> tuple[str, ...]:
        raise OSError("Name or service not known")

    for resolve in (names(), unknown):
        closed = own_gate("nominatim", "http://127.0.0.1:9", resolve=resolve)
        adapter = GuardedAdapter(proxies=None, ssl_context=None, gate=closed)
        with pytest.raises(GeocoderUnavailable):
            adapter.get_json("http://127.0.0.1:9/search?q=x", timeout=0.5, headers={})
    assert ip_network("127.0.0.0/8") in closed.networks
