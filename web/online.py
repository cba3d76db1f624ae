"""Joins the online geocoder of a court: settings, leave, way out, memory and audit."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from data.audit import AuditLog
from data.model import Account
from data.online_memory import OnlineMemory
from data.store import Store
from geo.online import (
    FallbackGeocoder,
    Gate,
    GuardedAdapter,
    OnlineGeocoder,
    OnlineUse,
    Pace,
    amap,
    intranet,
    nominatim,
    own_gate,
    public_gate,
    tianditu,
)
from geo.online.services import Adapters, Ask
from geo.ports import AreaIndex, Geocoder
from web.config import Settings
from web.errors import SettingsError
from web.online_settings import OnlineSettings, ServiceSettings, read_online_settings

__all__ = ["AuditedUse", "Leave", "join", "leave"]


class AuditedUse:
    """Writes into the audit chain who asked which service, when and how often; no text.

    Parameters
    ----------
    audit
        The court's chain.
    actor
        Account id of who asks, or ``cli``.
    allowed_by
        Account id of the administrator who turned the service on.
    approval
        Number of the document that allows it.
    """

    def __init__(self, audit: AuditLog, *, actor: str, allowed_by: str, approval: str) -> None:
        self._audit = audit
        self._actor = actor
        self._leave = {"allowed_by": allowed_by, "approval": approval}

    def begins(self, service: str, texts: int) -> None:
        """Record what is about to be sent, so that a stopped process hides nothing."""
        detail = {"texts": texts, **self._leave}
        self._audit.append(self._actor, "online.ask", f"service:{service}", detail)

    def ended(self, service: str, use: OnlineUse) -> None:
        """Record what became of it."""
        detail = {
            "asked": use.asked,
            "answered": use.answered,
            "recalled": use.recalled,
            "withheld": use.withheld,
            "trouble": type(use.trouble).__name__ if use.trouble else "",
        }
        self._audit.append(self._actor, "online.answered", f"service:{service}", detail)


@dataclass(frozen=True, slots=True, repr=False)
class Leave:
    """That a service may be asked: what the settings say, and which administrator says it."""

    settings: OnlineSettings
    service: ServiceSettings
    administrator: Account


def leave(settings: Settings, service: str, *, store: Store) -> Leave:
    """Return the leave to ask ``amap``, ``tianditu`` or ``nominatim``.

    Raises
    ------
    SettingsError
        If the settings do not allow the service, or whoever they name is no administrator in use.
    """
    file = settings.online_path.name
    allowed = read_online_settings(settings.online_path)
    chosen = allowed.services.get(service)
    if chosen is None:
        raise SettingsError(
            "%(file)s 中没有在线服务 %(service)s 的配置；请由管理员补充，或改用已配置的服务",
            file=file,
            service=service,
        )
    administrator = store.accounts.administrator(allowed.allowed_by)
    if administrator is None:
        raise SettingsError(
            "%(file)s 的 allowed_by 不是在用的管理员账户；只有管理员可以开启在线地理编码", file=file
        )
    return Leave(allowed, chosen, administrator)


def join(
    leave: Leave,
    *,
    offline: Geocoder,
    areas: AreaIndex,
    store: Store,
    memory_path: Path,
    actor: str = "cli",
    adapters: Adapters | None = None,
) -> FallbackGeocoder:
    """Return the court's geocoder with an online service for what offline finds unsure.

    Parameters
    ----------
    leave
        Which service may be asked, and how.
    memory_path
        File that keeps its answers.
    actor
        Account id of who asks, or ``cli``; kept in the audit chain.
    adapters
        Makes the way out, as geopy's adapter factories do; by default the guarded network.

    Raises
    ------
    OnlineRefusedError
        If the service's address is no lawful one.
    SettingsError
        If the court's certificate authority cannot be read.
    """
    service, allowed = leave.service, leave.settings
    online = OnlineGeocoder(
        service.name,
        _ask(service, adapters),
        terms=service.terms,
        areas=areas,
        memory=OnlineMemory(memory_path, cipher=store.cipher, clock=store.clock),
        pace=Pace(time.monotonic, time.sleep),
        region=allowed.region,
    )
    return FallbackGeocoder(
        offline,
        online,
        listener=AuditedUse(
            store.audit,
            actor=actor,
            allowed_by=leave.administrator.id,
            approval=allowed.approval,
        ),
        below_confidence=allowed.below_confidence,
        doors=allowed.doors,
    )


def _ask(chosen: ServiceSettings, adapters: Adapters | None) -> Ask:
    gate = _gate(chosen)
    ways = adapters or partial(GuardedAdapter, gate=gate)
    if chosen.name == "amap":
        return amap(key=chosen.key, timeout_s=chosen.timeout_s, adapters=ways)
    if chosen.name == "tianditu":
        return tianditu(key=chosen.key, timeout_s=chosen.timeout_s, adapters=ways)
    return nominatim(
        url=chosen.url,
        timeout_s=chosen.timeout_s,
        adapters=ways,
        ssl_context=_trusting(chosen.ca_file),
    )


def _gate(chosen: ServiceSettings) -> Gate:
    if chosen.name == "nominatim":
        networks = tuple(intranet(each, service=chosen.name) for each in chosen.networks)
        return own_gate(chosen.name, chosen.url, networks=networks)
    return public_gate(chosen.name)


def _trusting(ca_file: str) -> ssl.SSLContext | None:
    """Return a context that trusts the court's own certificate authority."""
    if not ca_file:
        return None
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise SettingsError("在线服务的 ca_file 无法读取；请核对路径，文件须为 PEM 格式") from error
