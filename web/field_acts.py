"""What a team's device says beside outcomes: check-ins, leave taken back, messages read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from data.check_ins import SentCheckIn
from geo.errors import FieldwritError
from geo.messages import Message
from routes.live import SignKind
from web.errors import FieldPageError
from web.field_pack import stops_of_team
from web.outcome_bodies import KEY, read_moment, read_position
from web.services import Services

__all__ = ["take_act"]

_FIELDS = frozenset({"key", "kind", "team", "stop", "at", "position", "agreed_at", "message"})
_SIGNS = frozenset(one.value for one in SignKind) - {SignKind.OUTCOME.value}
_WITHDRAW, _READ = "withdraw", "read"


def take_act(
    services: Services, sent: Mapping[str, Any], *, device_id: str, team: str | None, by: str
) -> tuple[str, Message | None]:
    """Take one thing that a device says; it may say it again.

    Parameters
    ----------
    team
        Whose device it is: it says nothing of another but that it wants help, which is never
        refused; None where it may speak for any.

    Returns
    -------
    tuple
        ``stored``, ``already`` or ``refused``, with why.
    """
    try:
        return _taken(services, sent, device_id=device_id, team=team, by=by), None
    except FieldwritError as error:
        return "refused", error.message


def _taken(
    services: Services, sent: Mapping[str, Any], *, device_id: str, team: str | None, by: str
) -> str:
    if not set(sent) <= _FIELDS:
        raise FieldPageError("有不认识的字段")
    key, kind = sent.get("key"), sent.get("kind")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise FieldPageError("key 须是设备生成的编号：8 至 64 个字母、数字、- 或 _")
    at = min(read_moment(sent.get("at")), services.clock()) if kind in (_WITHDRAW, _READ) else None
    if at is not None and kind == _WITHDRAW:
        services.store.check_ins.withdraw(device_id, at=at, by=by)
        return "stored"
    if at is not None:
        services.store.team_messages.read(str(sent.get("message")), team=team, at=at, by=by)
        return "stored"
    if kind not in _SIGNS:
        kinds = "、".join(sorted({*_SIGNS, _WITHDRAW, _READ}))
        raise FieldPageError("kind 须是：%(kinds)s", kinds=kinds)
    check_in = _check_in(services, sent, key, SignKind(kind))
    if kind != SignKind.HELP and team not in (None, check_in.team):
        raise FieldPageError("账户归属其他小组，不能代这个小组报告；请联系管理员")
    new = services.store.check_ins.receive(check_in, device_id=device_id, by=by)
    return "stored" if new else "already"


def _check_in(services: Services, sent: Mapping[str, Any], key: str, kind: SignKind) -> SentCheckIn:
    """Return a check-in; a stop that the plan has no more leaves the sign of life what it is."""
    team, stop = sent.get("team"), sent.get("stop") or ""
    if not isinstance(team, str) or team not in {one.id for one in services.store.teams()}:
        raise FieldPageError("team 须是小组的编号")
    known = isinstance(stop, str) and stop in stops_of_team(services, team)
    return SentCheckIn(
        key,
        team,
        kind,
        read_moment(sent.get("at")),
        stop if known else "",
        read_position(sent.get("position")),
        _agreed(sent.get("agreed_at")),
    )


def _agreed(sent: Any) -> datetime | None:
    return None if sent is None else read_moment(sent)
