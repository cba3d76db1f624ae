"""Pictures of the map that Fieldwrit fetches for its readers from Tianditu or the court's server.

Browsers ask Fieldwrit and nobody else: the server learns neither who looks, nor from where, nor
the page; the key stays here, and the content policy as narrow as it is.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from socket import gaierror
from threading import BoundedSemaphore

from geopy.exc import GeopyError

from data.store import Store
from geo.model import Datum
from geo.online import GuardedAdapter
from geo.online.gate import Resolve, resolve
from web.errors import SettingsError
from web.pictures import NoPictureError, checked
from web.tile_server_settings import TileServerSettings, read_tile_server

__all__ = ["TileServer", "open_tile_server"]

_KEPT = 1024  # pictures of some 20 kB
_AT_ONCE = 4  # of the eight threads that answer pages
_REST_S = 30.0
_HEADERS = {"Accept": "image/png,image/jpeg,image/webp", "User-Agent": "Fieldwrit"}

Fetch = Callable[[str], bytes]


class TileServer:
    """One server's layers of pictures.

    Parameters
    ----------
    fetch
        Returns what lies at an address; by default over the guarded network.
    clock
        Seconds that only grow. After a failure the server is left alone for half a minute, so
        that pages do not wait for it.
    """

    def __init__(
        self,
        settings: TileServerSettings,
        *,
        fetch: Fetch | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.kind = settings.kind
        self.layers = tuple(layer.name for layer in settings.layers)
        self.datum: Datum = settings.datum
        self.attribution = settings.attribution
        self.max_zoom = settings.max_zoom
        self._urls = {layer.name: layer.url for layer in settings.layers}
        self._fetch = fetch or _guarded(settings)
        self._clock = clock
        self._rests_until_s = float("-inf")
        self._doors = BoundedSemaphore(_AT_ONCE)
        self._wait_s = settings.timeout_s
        self.tile = lru_cache(maxsize=_KEPT)(self._tile)
        """Return the picture of layer, z, x, y; raises :class:`NoPictureError`."""

    def _tile(self, layer: str, z: int, x: int, y: int) -> bytes:
        if self._clock() < self._rests_until_s or not self._doors.acquire(timeout=self._wait_s):
            raise NoPictureError
        try:
            url = self._urls[layer]
            for field, value in (("{z}", z), ("{x}", x), ("{y}", y)):
                url = url.replace(field, str(value))
            picture = checked(self._fetch(url))
        except (GeopyError, OSError, NoPictureError):
            self._rests_until_s = self._clock() + _REST_S
            raise NoPictureError from None
        finally:
            self._doors.release()
        return picture


def open_tile_server(path: Path, store: Store, *, resolve: Resolve = resolve) -> TileServer | None:
    """Return the server that a file names; None where there is none.

    Raises
    ------
    SettingsError
        If the file cannot be used, or names as administrator somebody who is none, or no longer.
    OnlineRefusedError
        If the server is foreign, or its address cannot be proved to be the court's own.
    """
    settings = read_tile_server(path, resolve=resolve)
    if settings is None:
        return None
    if settings.allowed_by.strip() and store.accounts.administrator(settings.allowed_by) is None:
        raise SettingsError(
            "%(file)s 的 allowed_by 不是在用的管理员账户；只有管理员可以开启外部图源",
            file=path.name,
        )
    with suppress(gaierror):  # no name service now: each question is held to the gate again
        settings.gate.addresses(settings.layers[0].url)
    return TileServer(settings)


def _guarded(settings: TileServerSettings) -> Fetch:
    context = None
    if settings.ca_file:
        try:
            context = ssl.create_default_context(cafile=settings.ca_file)
        except OSError as error:
            raise SettingsError("图源的 ca_file 无法读取；请核对路径，文件须为 PEM 格式") from error
    adapter = GuardedAdapter(proxies=None, ssl_context=context, gate=settings.gate)

    def fetch(url: str) -> bytes:
        return adapter.get_bytes(url, timeout=settings.timeout_s, headers=_HEADERS)

    return fetch
