"""The register of data protection, for auditors and administrators."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.errors import StoreError
from data.register import LEAK_STEPS, RegisterEntry, RegisterKind, kept_fields
from data.rights import Right
from geo.localtime import local_day
from routes.data_types import DataType
from routes.errors import ValueRangeError
from routes.rules.signoffs import Role
from web.errors import ProtectionFormError
from web.labels import say
from web.protection import audit_findings, checked, enter_line, visit_history_findings
from web.security import account, needs
from web.services import services

bp = Blueprint("protection", __name__)


@bp.get("/protection")
@needs(Right.PROTECTION_WRITE)
def page() -> ResponseReturnValue:
    """Show what the rules ask, the lines of the register, and what is kept how."""
    here = services()
    entries = here.store.register.entries()
    today = local_day(here.clock())
    here.store.audit.append(account().id, "register.read", "store:-", {"lines": len(entries)})
    return render_template(
        "protection.html",
        findings=(
            *visit_history_findings(here.store, on=today),
            *audit_findings(here.store, here.public_key),
        ),
        done=checked(here.store, here.public_key)[0],
        entries=[one for one in entries if one.kind is not RegisterKind.LEAK],
        leaks=_leaks(entries),
        fields=kept_fields(),
        sensitive=[(each.value, say(each.label)) for each in DataType if each.sensitive],
        roles=[(each.value, say(each.label)) for each in Role],
        today=today,
        say=say,
    )


@bp.post("/protection/lines/<kind>")
@needs(Right.PROTECTION_WRITE)
def add(kind: str) -> ResponseReturnValue:
    """Enter a line, or a step about a leak."""
    try:
        enter_line(services().store, kind, request.form, by=account().id)
    except (ProtectionFormError, StoreError, ValueRangeError) as error:
        flash(error.message.render(_), "error")
    else:
        flash(_("已登记。"))
    return redirect(url_for("protection.page"))


@bp.post("/protection/end/<entry_id>")
@needs(Right.PROTECTION_WRITE)
def end(entry_id: str) -> ResponseReturnValue:
    """End a line; it is kept."""
    try:
        services().store.register.end(entry_id, by=account().id)
    except StoreError as error:
        flash(error.message.render(_), "error")
    else:
        flash(_("已停用，登记保留。"))
    return redirect(url_for("protection.page"))


def _leaks(entries: Iterable[RegisterEntry]) -> list[dict[str, object]]:
    """Return each leak with what was done and which step is next."""
    grouped: dict[str, list[RegisterEntry]] = {}
    for one in entries:
        if one.kind is RegisterKind.LEAK:
            grouped.setdefault(one.leak_id or one.id, []).append(one)
    return [
        {
            "id": leak_id,
            "steps": steps,
            "next": LEAK_STEPS[len(steps)].value if len(steps) < len(LEAK_STEPS) else None,
        }
        for leak_id, steps in grouped.items()
    ]
