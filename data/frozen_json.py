"""Frozen values of the lower packages as JSON and back, for columns that hold a whole value.

A field that has its default is left out, so that a value gains fields without a migration.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, NewType, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from data.errors import StoreError
from geo.messages import Message

__all__ = ["from_json", "to_json"]

T = TypeVar("T")
_PLAIN = (str, int, float, bool, NoneType)


def to_json(value: object) -> str:
    """Return a frozen dataclass as JSON text."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def from_json(kind: type[T], text: str) -> T:
    """Return the value of a class that :func:`to_json` wrote.

    Raises
    ------
    StoreError
        If the text is of another shape, such as one of a newer version.
    """
    try:
        return cast(T, _value(kind, json.loads(text)))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreError(
            "库中的 %(kind)s 记录无法读取；请升级程序或从备份恢复", kind=kind.__name__
        ) from error


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    if isinstance(value, Message):
        return {"msgid": value.msgid, "facts": [[name, _plain(fact)] for name, fact in value.facts]}
    if isinstance(value, frozenset):
        return sorted(str(_plain(each)) for each in value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value):
        return {
            each.name: _plain(held)
            for each in fields(value)
            if (held := getattr(value, each.name)) != _default(each)
        }
    raise StoreError("库不能保存 %(kind)s 类的值", kind=type(value).__name__)


def _value(kind: Any, plain: Any) -> Any:
    if isinstance(kind, NewType):
        return _value(kind.__supertype__, plain)
    if get_origin(kind) in (Union, UnionType):
        inner = next(each for each in get_args(kind) if each is not NoneType)
        return None if plain is None else _value(inner, plain)
    if get_origin(kind) in (tuple, frozenset):
        return _many(kind, plain)
    if kind is Message:
        return Message(plain["msgid"], tuple((name, _fact(fact)) for name, fact in plain["facts"]))
    if kind in (date, datetime):
        return kind.fromisoformat(plain)
    if is_dataclass(kind):
        made = cast(type, kind)
        hints = _hints(made)
        return made(**{name: _value(hints[name], held) for name, held in plain.items()})
    return kind(plain)


def _many(kind: Any, plain: Iterable[Any]) -> Any:
    return get_origin(kind)(_value(get_args(kind)[0], each) for each in plain)


def _fact(plain: Any) -> Any:
    return _value(Message, plain) if isinstance(plain, dict) else plain


def _default(field: Field[Any]) -> object:
    return object() if field.default is MISSING else field.default


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
