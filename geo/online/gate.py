"""Which host an online geocoder may ask: two public services, or a server of the court's own.

LAW.md P9 keeps addresses in the country. A name proves nothing of where a machine stands: not
even ``.cn`` does. So a public service is one of two exact host names, reached over TLS that
proves the name. The court's own server is one whose every address lies in a private network,
or in a network that the court named as its intranet. Addresses are looked up once, checked, and
the connection goes to a checked address, so that a second answer of the name server has no say.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from geo.errors import OnlineRefusedError

__all__ = ["PUBLIC_HOSTS", "Gate", "Network", "Resolve", "intranet", "own_gate", "public_gate"]

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], tuple[str, ...]]

PUBLIC_HOSTS = {
    "amap": "restapi.amap.com",
    "tianditu": "api.tianditu.gov.cn",
    "tianditu_tiles": "t0.tianditu.gov.cn",
}
"""The public services that may be asked, with the one host of each."""

_PRIVATE = tuple(
    ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "::1")
)
_WIDEST = {4: 8, 6: 32}
_TLS_PORT = 443
_PORTS = {"http": 80, "https": _TLS_PORT}


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Return the addresses of a host, as the system's name service gives them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets questions through to one host and port only.

    Parameters
    ----------
    service
        Name of the service, for messages.
    scheme, host, port
        The only origin that may be asked.
    networks
        Networks in which every address of the host must lie; empty for a public service, whose
        certificate proves the name instead.
    resolve
        Looks the host up.
    """

    service: str
    scheme: str
    host: str
    port: int
    networks: tuple[Network, ...]
    resolve: Resolve

    def addresses(self, url: str) -> tuple[str, ...]:
        """Return the checked addresses to which a question may go.

        Raises
        ------
        OnlineRefusedError
            If the URL is another origin, or an address of the host is in no lawful network.
        """
        asked = _split(url, self.service)
        if (asked.scheme, asked.hostname, _port(asked, self.service)) != (
            self.scheme,
            self.host,
            self.port,
        ):
            raise OnlineRefusedError(
                "在线服务 %(service)s 的请求指向未获准的主机，已拒绝（数据不得出境）；"
                "请核对该服务的配置",
                service=self.service,
            )
        found = self.resolve(self.host, self.port)
        if not self.networks:
            return found
        for each in found:
            address = _plain(ip_address(each.partition("%")[0]))
            if not any(
                address in network
                for network in self.networks
                if network.version == address.version
            ):
                raise OnlineRefusedError(
                    "在线服务 %(service)s 的主机不在本院内网：其地址不属于私有网段，"
                    "也不属于配置的内网网段，已拒绝（数据不得出境）；"
                    "请核对 url，或由管理员在 networks 中写明内网网段",
                    service=self.service,
                )
        return found


def public_gate(service: str, *, resolve: Resolve = resolve) -> Gate:
    """Return the gate of a public service.

    Raises
    ------
    OnlineRefusedError
        If the service is none that may be asked.
    """
    host = PUBLIC_HOSTS.get(service)
    if host is None:
        raise OnlineRefusedError(
            "在线服务 %(service)s 不在获准之列（数据不得出境）；可用 %(known)s，"
            "或本院自建的 Nominatim",
            service=service,
            known="、".join(sorted(PUBLIC_HOSTS)),
        )
    return Gate(service, "https", host, _TLS_PORT, (), resolve)


def own_gate(
    service: str, url: str, *, networks: tuple[Network, ...] = (), resolve: Resolve = resolve
) -> Gate:
    """Return the gate of a server of the court's own.

    Parameters
    ----------
    url
        ``http`` or ``https``, host, and if need be port and path.
    networks
        Networks of the court's intranet beside the private ones; see :func:`intranet`.

    Raises
    ------
    OnlineRefusedError
        If the URL holds a user name, a question mark, or another scheme.
    """
    parts = _split(url, service)
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme not in _PORTS or not plain:
        raise OnlineRefusedError(
            "在线服务 %(service)s 的 url 须形如 http://10.0.0.5:8080/nominatim，"
            "不含用户名、密码和问号",
            service=service,
        )
    return Gate(
        service,
        parts.scheme,
        parts.hostname or "",
        _port(parts, service),
        _PRIVATE + networks,
        resolve,
    )


def intranet(text: str, *, service: str) -> Network:
    """Return a network of the court's intranet, such as ``144.20.0.0/16``.

    Raises
    ------
    OnlineRefusedError
        If it is no network, or so wide that it is no court's (shorter than /8, or /32 in IPv6).
    """
    try:
        network = ip_network(text)
    except ValueError:
        network = ip_network("0.0.0.0/0")
    if network.prefixlen < _WIDEST[network.version]:
        raise OnlineRefusedError(
            "在线服务 %(service)s 的 networks 须为具体的内网网段，形如 144.20.0.0/16，不得宽于 /8",
            service=service,
        )
    return network


def _split(url: str, service: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and url.isascii() and url.isprintable() and " " not in url
    except ValueError:
        usable = False
    if not usable:
        raise OnlineRefusedError(
            "在线服务 %(service)s 的 url 不是可用的网址；请核对配置", service=service
        )
    return parts


def _port(parts: SplitResult, service: str) -> int:
    try:
        port = parts.port
    except ValueError as error:
        raise OnlineRefusedError(
            "在线服务 %(service)s 的 url 中端口不对；请核对配置", service=service
        ) from error
    return port or _PORTS.get(parts.scheme, 0)


def _plain(address: Address) -> Address:
    """Return the address that an IPv4 address in IPv6 clothes stands for."""
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
