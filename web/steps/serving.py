"""Serve the pages."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from flask import Flask
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server

from data.signing import read_signing_key
from routes.ports import Clock
from web.app import create_app
from web.audit_watch import watching
from web.build import is_current
from web.clock import system_clock
from web.config import Settings, secret_key
from web.errors import AssetError, WebError
from web.i18n import marked, translator
from web.live_events import LiveEvents
from web.progress import stage
from web.steps.working import beside
from web.views.jobs import MOST_UPLOAD
from web.wiring import Court, using

__all__ = ["open_server", "serve"]

_SWITCH_S = 0.0005  # Python's 5 ms let each question to the database wait for whoever reckons
_THREADS = 8  # an outcome that is sent during an import waits, and holds one


def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    announce: Callable[[str], None],
    secure_cookies: bool = False,
    worker: bool = True,
    trusted_proxy: str | None = None,
    live_streams: int = 0,
    clock: Clock = system_clock,
) -> None:
    """Serve the pages until interrupted; ``announce`` is told the address once it answers.

    Beside them a worker takes the long work that pages ask for, unless ``worker`` is false.
    ``trusted_proxy`` is the address of a reverse proxy that tells whom it passes on. So many
    ``live_streams`` are open at once, each on a thread of its own.

    Raises
    ------
    AssetError
        If scripts, styles and fonts were not fetched yet.
    WebError
        If the port is taken.
    """
    if not is_current():
        raise AssetError("页面资源尚未取得；请先运行 make assets（python -m web.build）")
    sys.setswitchinterval(_SWITCH_S)
    with using(Court(settings, clock=clock)) as court:
        with stage(settings, marked("装载路网与地名")):
            services = replace(court.services(), live_events=LiveEvents(live_streams))
            app = create_app(
                services,
                secret_key=secret_key(settings),
                locale=settings.language,
                secure_cookies=secure_cookies,
            )
        try:
            server = open_server(
                app,
                host=host,
                port=port,
                threads=_THREADS + live_streams,
                trusted_proxy=trusted_proxy,
            )
        except OSError as error:
            raise WebError(
                "端口 %(port)d 无法使用（%(why)s），请用 --port 另选", port=port, why=error.strerror
            ) from error
        services.overview.warm(services)
        announce(
            translator(settings.language)(marked("Fieldwrit 已启动")) + f" http://{host}:{port}/"
        )
        key = read_signing_key(settings.signing_key_path)
        with watching(court.store, key), beside(settings) if worker else nullcontext():
            server.run()


def open_server(
    app: Flask,
    *,
    host: str,
    port: int,
    threads: int = _THREADS,
    trusted_proxy: str | None = None,
) -> BaseWSGIServer | MultiSocketServer:
    """Return a server that listens; what is far beyond any upload it does not even take in."""
    return create_server(
        app,
        host=host,
        port=port,
        threads=threads,
        max_request_body_size=2 * MOST_UPLOAD,  # up to here the pages say what is too large
        **_behind(trusted_proxy),
    )


def _behind(proxy: str | None) -> dict[str, Any]:
    """Return what lets waitress believe one proxy, and nobody else, whom it passes on."""
    if proxy is None:
        return {}
    return {
        "trusted_proxy": proxy,
        "trusted_proxy_headers": {"x-forwarded-for"},
        "clear_untrusted_proxy_headers": True,
    }
