"""The way out: one question over HTTP to a host that the gate admits, and nothing else.

A geopy adapter of our own, since geopy's two follow redirects, take the system's proxies, look
names up by themselves, and put URLs, which hold key and address, into errors and debug logs.
"""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from geopy.adapters import AdapterHTTPError, BaseSyncAdapter
from geopy.exc import (
    GeocoderParseError,
    GeocoderServiceError,
    GeocoderTimedOut,
    GeocoderUnavailable,
)

from geo.errors import OnlineRefusedError
from geo.online.gate import Gate

__all__ = ["GuardedAdapter"]

_MOST_BYTES = 1_000_000
_CHUNK_BYTES = 65_536


class GuardedAdapter(BaseSyncAdapter):  # type: ignore[misc]  # geopy ships no types
    """Asks the gate's host only; follows no redirect, uses no proxy, keeps no cookie.

    Parameters
    ----------
    proxies, ssl_context
        Given by geopy; proxies are not used.
    gate
        Admits hosts.
    clock
        Seconds that only grow.
    """

    def __init__(
        self,
        *,
        proxies: Any,
        ssl_context: ssl.SSLContext | None,
        gate: Gate,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(proxies=proxies, ssl_context=ssl_context)
        self._gate = gate
        self._clock = clock
        self._context = ssl_context

    def get_json(self, url: str, *, timeout: float, headers: dict[str, str]) -> Any:
        """Return the JSON value that the service answers; see :meth:`get_text`."""
        try:
            return json.loads(self.get_text(url, timeout=timeout, headers=headers))
        except (ValueError, RecursionError):
            raise GeocoderParseError("no JSON") from None  # its text would hold the answer

    def get_text(self, url: str, *, timeout: float, headers: dict[str, str]) -> str:
        """Return the text that the service answers; see :meth:`get_bytes`."""
        return self.get_bytes(url, timeout=timeout, headers=headers).decode("utf-8", "replace")

    def get_bytes(self, url: str, *, timeout: float, headers: dict[str, str]) -> bytes:
        """Return the bytes that the service answers.

        Raises
        ------
        OnlineRefusedError
            If the gate refuses, the host's certificate is not its own, or the answer sends on
            to another address.
        GeocoderServiceError
            Or one of its children, as geopy asks of adapters; none holds URL or answer.
        """
        end_s = self._clock() + timeout
        try:
            addresses = self._gate.addresses(url)
            parts = urlsplit(url)
            with closing(_Connection(addresses, self._gate, timeout, self._context)) as connection:
                connection.request("GET", f"{parts.path or '/'}?{parts.query}", headers=headers)
                response = connection.getresponse()
                body = self._body(response, end_s)
        except OnlineRefusedError:
            raise
        except ssl.SSLCertVerificationError:
            raise OnlineRefusedError(
                "在线服务 %(service)s 的证书无法证实其身份，已拒绝；请检查本机时间与网络，"
                "自建服务请配置 ca_file",
                service=self._gate.service,
            ) from None
        except TimeoutError:
            raise GeocoderTimedOut("timed out") from None
        except (OSError, HTTPException) as error:
            raise GeocoderUnavailable(type(error).__name__) from None
        if 300 <= response.status < 400:
            raise OnlineRefusedError(
                "在线服务 %(service)s 要求转到另一地址，已拒绝（数据不得出境）；"
                "请核对网络是否需要登录认证，以及 url 是否写全",
                service=self._gate.service,
            )
        if response.status >= 400:
            raise AdapterHTTPError(
                f"HTTP {response.status}",
                status_code=response.status,
                headers={name.lower(): value for name, value in response.getheaders()},
                text=None,
            )
        return body

    def _body(self, response: HTTPResponse, end_s: float) -> bytes:
        """Return the answer's bytes, if they come in time and are not too many."""
        body = bytearray()
        while piece := response.read1(_CHUNK_BYTES):
            body += piece
            if len(body) > _MOST_BYTES:
                raise GeocoderServiceError("answer too long")
            if self._clock() > end_s:
                raise GeocoderTimedOut("timed out")
        return bytes(body)


class _Connection(HTTPConnection):
    """A connection to one of the checked addresses, under the host's own name."""

    def __init__(
        self,
        addresses: tuple[str, ...],
        gate: Gate,
        timeout: float,
        context: ssl.SSLContext | None,
    ) -> None:
        super().__init__(gate.host, gate.port, timeout=timeout)
        self._addresses = addresses
        self._secure = gate.scheme == "https"
        self._context = context or ssl.create_default_context()
        if self._secure:
            self.default_port = 443

    def connect(self) -> None:
        """Connect to the first address that answers."""
        failed: OSError = OSError("no address")
        for address in self._addresses:
            try:
                plain = socket.create_connection((address, self.port), self.timeout)
                break
            except OSError as error:
                failed = error
        else:
            raise failed
        self.sock = plain
        if self._secure:
            self.sock = self._context.wrap_socket(plain, server_hostname=self.host)
