"""Disturbances as JSON, for the store and for files: the kind, then the fields of the value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, get_args

from routes.errors import ReplanError
from routes.planning.disturbances import Disturbance

__all__ = ["disturbances_from_json", "disturbances_to_json"]


def _kind(name: str) -> str:
    """Return a class's name in lower case with bars, such as ``team_late``."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


_KINDS: Mapping[str, Any] = MappingProxyType(
    {_kind(each.__name__): each for each in get_args(Disturbance)}
)


def disturbances_to_json(disturbances: Iterable[Disturbance]) -> list[dict[str, Any]]:
    """Return the JSON form of disturbances, in their order."""
    return [
        {"kind": _kind(type(one).__name__)}
        | {field.name: _plain(getattr(one, field.name)) for field in fields(one)}
        for one in disturbances
    ]


def disturbances_from_json(obj: object) -> tuple[Disturbance, ...]:
    """Return the disturbances that a JSON form describes.

    Raises
    ------
    ReplanError
        If the form is not one of ours; names its place.
    """
    if not isinstance(obj, list):
        raise ReplanError("变化须列为 JSON 数组")
    return tuple(_read(one, index) for index, one in enumerate(obj))


def _read(form: object, index: int) -> Disturbance:
    kind = form.get("kind") if isinstance(form, dict) else None
    made = _KINDS.get(kind) if isinstance(kind, str) else None
    if not isinstance(form, dict) or made is None:
        raise ReplanError(
            "第 %(index)d 项变化的 kind 无法识别，可用：%(known)s",
            index=index + 1,
            known="、".join(_KINDS),
        )
    given = {name: value for name, value in form.items() if name != "kind"}
    if isinstance(given.get("skills"), list):
        given["skills"] = frozenset(given["skills"])
    try:
        disturbance: Disturbance = made(**given)
    except TypeError as error:
        raise ReplanError(
            "第 %(index)d 项变化（%(kind)s）的字段缺失、多余或类型不符", index=index + 1, kind=kind
        ) from error
    return disturbance


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value
