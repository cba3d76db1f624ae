"""The JSON object that a request brings."""

from __future__ import annotations

from typing import Any

from flask import request

from web.errors import SentError

__all__ = ["sent_json", "sent_object"]


def sent_json() -> Any:
    """Return what a request brings as JSON; None where it brings none that can be read."""
    try:
        return request.get_json(silent=True)
    except RecursionError:  # brackets in brackets in brackets
        return None


def sent_object() -> dict[str, Any]:
    """Return the object in the body of the request.

    Raises
    ------
    SentError
        If the body is none.
    """
    body = sent_json()
    if not isinstance(body, dict):
        raise SentError("提交的内容无法读取，请刷新页面后重试")
    return body
