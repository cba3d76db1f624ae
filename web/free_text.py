"""The free text of pages: looked at in one place, before any view sees it.

Where a page only asks whether a form would be taken, the answer is given here.
"""

from __future__ import annotations

from flask import Flask, request
from flask.typing import ResponseReturnValue

from geo.localtime import local_day
from web.form_checks import is_check
from web.sent import sent_json
from web.services import services
from web.typed_text import refuse_free_text

__all__ = ["install_free_text"]

_FINDS = frozenset({"cases.find", "overview.find"})
"""Look a case up by a number, a name or an address; nothing of it is kept."""
_REGISTER = "protection.add"


def install_free_text(app: Flask) -> None:
    """Look at every form and every JSON object that a page sends, before its view does."""
    app.before_request(_check)


def _check() -> ResponseReturnValue | None:
    if request.method != "POST":
        return None
    if request.endpoint not in _FINDS:
        sent = sent_json() if request.is_json else None
        fields = sent.items() if isinstance(sent, dict) else request.form.items(multi=True)
        of_data = request.endpoint == _REGISTER
        refuse_free_text(fields, on=local_day(services().clock()), of_data=of_data)
    return ("", 204) if is_check() else None
