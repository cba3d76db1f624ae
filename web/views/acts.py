"""An act that the store may refuse: what came of it is said on the page that follows."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, request
from flask_babel import gettext as _

from geo.errors import FieldwritError

__all__ = ["attempted", "ticked"]


def attempted(act: Callable[[], object], done: str = "") -> bool:
    """Do it and say ``done``, or say why not; returns whether it was done."""
    try:
        act()
    except FieldwritError as error:
        flash(error.message.render(_), "error")
        return False
    if done:
        flash(done)
    return True


def ticked() -> bool:
    """Whether a form confirms what cannot be taken back; says so where it does not."""
    held = request.form.get("confirmed") == "1"
    if not held:
        flash(_("请先勾选确认。"), "error")
    return held
