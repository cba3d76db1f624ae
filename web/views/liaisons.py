"""Whom to ask in a village: the liaisons of a grid, for whoever may read persons."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify
from flask.typing import ResponseReturnValue

from data.masks import PersonField, Sights
from data.rights import Right
from web.formats import dial_link
from web.security import account, needs, sights
from web.services import services

bp = Blueprint("liaisons", __name__)


@bp.get("/api/liaisons/<grid_code>")
@needs(Right.PERSON_READ)
def of_grid(grid_code: str) -> ResponseReturnValue:
    """Answer with the liaisons of a grid, telephones masked; each reading is audited."""
    return _told(grid_code, sights(), "liaison.read")


@bp.post("/api/liaisons/<grid_code>/show")
@needs(Right.PERSON_SHOW)
def show(grid_code: str) -> ResponseReturnValue:
    """Answer with the telephones in full; that they were asked for is audited."""
    return _told(grid_code, sights(PersonField.PHONE), "liaison.show")


def _told(grid_code: str, seen: Sights, act: str) -> ResponseReturnValue:
    store = services().store
    found = [one for one in store.liaisons() if one.grid_code == grid_code]
    if not found:
        abort(404)
    for one in found:
        store.audit.append(account().id, act, f"liaison:{one.id}")
    return jsonify(
        liaisons=[
            {
                "id": one.id,
                "name": seen.seen(PersonField.NAME, one.name),
                "phone": seen.seen(PersonField.PHONE, one.phone),
                "dial": None
                if one.phone is None or PersonField.PHONE not in seen.asked
                else dial_link(one.phone.reveal()),
            }
            for one in found
        ]
    )
