"""The audit record, for auditors."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.rights import Right
from web.audit_watch import is_due
from web.protection import checked
from web.security import account, needs
from web.services import services

bp = Blueprint("audit", __name__)
_SHOWN = 300


@bp.get("/audit")
@needs(Right.AUDIT_READ)
def page() -> ResponseReturnValue:
    """Show the last entries, each checked now, and whether the whole chain held lately."""
    here = services()
    store = here.store
    done, wrong = checked(store, here.public_key, again=_SHOWN)
    return render_template(
        "audit.html",
        entries=store.audit.entries(_SHOWN),
        done=done,
        lately=done is not None and not is_due(done, here.clock()),
        chain_error=None if wrong is None else wrong.render(_),
    )


@bp.post("/audit/verify")
@needs(Right.AUDIT_READ)
def verify() -> ResponseReturnValue:
    """Check the whole chain now; that is recorded, with how many entries it had."""
    store, key = services().store, services().public_key
    done, wrong = checked(store, key, whole=True)
    detail = {"entries": 0 if done is None else done.whole, "intact": wrong is None}
    store.audit.append(account().id, "audit.verify", "store:-", detail)
    if wrong is not None:
        flash(wrong.render(_), "error")
    else:
        flash(_("整条链核验通过。"))
    return redirect(url_for("audit.page"))
