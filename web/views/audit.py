"""The audit record, for auditors."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from data.errors import AuditError
from web.security import Right, needs
from web.services import services

bp = Blueprint("audit", __name__)
_SHOWN = 300


@bp.get("/audit")
@needs(Right.AUDIT_READ)
def page() -> ResponseReturnValue:
    """Show the last entries and whether the chain holds."""
    audit = services().store.audit
    chain_error = None
    try:
        audit.verify()
    except AuditError as error:
        chain_error = error.message.render(gettext)
    return render_template("audit.html", entries=audit.entries(_SHOWN), chain_error=chain_error)
