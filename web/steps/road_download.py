"""A district's roads from the internet, once, by its name: what goes out and to whom.

osmnx asks two servers: one for the border of the name, one for the roads within that border.
The guard looks at each request before it leaves: it goes to one of the two origins of the
settings, and since the guard stands where credentials would, none are taken from the user's
files. No redirect is followed, a busy server ends the work instead of keeping it waiting without
end, and nothing is kept on the disk.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import networkx as nx
import osmnx as ox
import requests

from geo import roadaccess, roadlights, roadtags, speedtags
from geo.errors import (
    OnlineQuotaError,
    OnlineRefusedError,
    OnlineServiceError,
    OnlineTimeoutError,
)
from geo.ports import ProgressListener
from geo.roadtags import RoadClass
from web.online_settings import RoadServers
from web.steps.district_name import District

__all__ = ["Guard", "download_roads"]

_MOST_STATUS_REQUESTS = 60  # in a row, five seconds apart: the server stays busy
_BUSY = (requests.codes.too_many, requests.codes.gateway_timeout)
_NO_ROADS = (RoadClass.FERRY, RoadClass.GATE, RoadClass.TOLL_BOOTH)
_KINDS = [each.tag for each in RoadClass if each not in _NO_ROADS] + ["path", "steps", "bridleway"]
WAYS = f'[~"^(highway|route)$"~"^({"|".join(_KINDS)}|ferry)$"]'
"""Overpass filter of the ways for cars, bicycles and feet, and of ferries."""

WAY_TAGS = sorted(roadtags.WAY_KEYS | roadaccess.WAY_KEYS | speedtags.WAY_KEYS)
"""Tags of ways that tell who may use a road, which way, how fast, and what it is called."""

NODE_TAGS = sorted(roadaccess.NODE_KEYS | roadlights.NODE_KEYS)
"""Tags of nodes that tell of lights, gates and who passes them."""


@dataclass(slots=True)
class Guard:
    """Looks at each request before it leaves and at each answer before it is read."""

    servers: RoadServers
    sent: list[tuple[str, str]] = field(default_factory=list)
    """Method and host of each request that left."""
    _waiting: int = 0

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts to which requests may go."""
        urls = (self.servers.nominatim_url, self.servers.overpass_url)
        return tuple(dict.fromkeys(urlsplit(url).hostname or "" for url in urls))

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Let a request pass, or refuse it; requests calls this as its authentication."""
        asked = urlsplit(request.url or "")
        urls = (self.servers.nominatim_url, self.servers.overpass_url)
        if (asked.scheme, asked.netloc) not in {urlsplit(url)[:2] for url in urls}:
            raise OnlineRefusedError(
                "道路下载的请求指向未写明的主机，已拒绝；请核对 online.toml 的 roads 一节"
            )
        self._waiting = self._waiting + 1 if asked.path.endswith("/status") else 0
        if self._waiting > _MOST_STATUS_REQUESTS:
            raise _busy(asked.hostname)
        self.sent.append((str(request.method), str(asked.hostname)))
        return request

    def heard(self, response: requests.Response, **_: Any) -> None:
        """Raise where an answer cannot be used; requests calls this as its hook."""
        host = urlsplit(response.url).hostname
        if response.status_code in _BUSY:
            raise _busy(host)
        if response.is_redirect:
            raise OnlineRefusedError(
                "服务器 %(host)s 要求转到另一地址，已拒绝；请核对网络是否需要登录认证，"
                "以及 online.toml 中的网址是否写全",
                host=host,
            )
        if not response.ok:
            raise OnlineServiceError(
                "服务器 %(host)s 拒绝或出错（HTTP %(status)d），未取得道路；请稍后再试，"
                "或改用本地道路文件",
                host=host,
                status=response.status_code,
            )
        if b'"remark"' in response.content[-2000:]:  # what is there is then not all there is
            raise OnlineQuotaError(
                "服务器 %(host)s 未能答完（超时或超出内存），道路不完整，未采用；"
                "请改用更小的区县、自建服务器或本地道路文件",
                host=host,
            )


def download_roads(
    district: District, guard: Guard, *, progress: ProgressListener | None = None
) -> nx.MultiDiGraph:
    """Return the roads of a district as an osmnx graph, not simplified.

    Parameters
    ----------
    district
        Its names are all that is sent; the second server gets the border that the first one
        answered with.
    guard
        Holds the servers, and lists what was sent.
    progress
        Told after each of two steps.

    Raises
    ------
    OnlineServiceError
        If a server is out of reach, answers badly or has no time; or knows no such place, or
        no road there.
    OnlineRefusedError
        If a request would have gone elsewhere.
    """
    step = progress or (lambda _done, _total: None)
    step(0, 2)
    try:
        with _settings(guard):
            border = ox.geocode_to_gdf(district.query).union_all()
            step(1, 2)
            graph = ox.graph_from_polygon(
                border,
                custom_filter=WAYS,
                simplify=False,
                retain_all=True,
                truncate_by_edge=True,
            )
    except requests.Timeout as error:
        raise OnlineTimeoutError(
            "服务器 %(hosts)s 没有按时应答；请稍后再试，或改用本地道路文件",
            hosts="、".join(guard.hosts),
        ) from error
    except requests.RequestException as error:
        raise OnlineServiceError(
            "连不上服务器 %(hosts)s（%(why)s）；请检查网络与代理，或改用本地道路文件",
            hosts="、".join(guard.hosts),
            why=type(error).__name__,
        ) from error
    except (ValueError, TypeError, LookupError) as error:  # osmnx: nothing found, or no JSON
        raise OnlineServiceError(
            "服务器没有给出 %(title)s 的边界或其中的道路；请核对该名称在 OpenStreetMap 中是否"
            "有边界，或改用本地道路文件",
            title=district.title,
        ) from error
    step(2, 2)
    return graph


@contextmanager
def _settings(guard: Guard) -> Iterator[None]:
    """Let osmnx work by these settings, and give back those of before, whatever happens.

    Its own would keep answers in the working folder, ask a foreign service for names that the
    system does not know, and take passwords from a file of the user. It replaces the system's
    look-up of names, which is put back too.
    """
    wanted = {
        "nominatim_url": guard.servers.nominatim_url,
        "nominatim_key": None,
        "overpass_url": guard.servers.overpass_url,
        "overpass_rate_limit": guard.servers.rate_limit,
        "requests_timeout": guard.servers.timeout_s,
        "requests_kwargs": {
            "auth": guard,
            "hooks": {"response": guard.heard},
            "allow_redirects": False,
        },
        "doh_url_template": None,
        "http_accept_language": "zh",
        "use_cache": False,
        "cache_only_mode": False,
        "log_console": False,
        "log_file": False,
        "all_oneway": False,
        "useful_tags_way": WAY_TAGS,
        "useful_tags_node": NODE_TAGS,
    }
    before = {name: getattr(ox.settings, name) for name in wanted}
    look_up = socket.getaddrinfo
    try:
        for name, value in wanted.items():
            setattr(ox.settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(ox.settings, name, value)
        socket.getaddrinfo = look_up


def _busy(host: str | None) -> OnlineQuotaError:
    return OnlineQuotaError(
        "服务器 %(host)s 正忙或已限流，未取得道路；请过一段时间再试，或改用自建服务器、"
        "本地道路文件",
        host=host,
    )
