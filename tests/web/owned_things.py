"""Things of the tiny court that belong to somebody, each made as its owner makes it."""

from __future__ import annotations

import re
from datetime import timedelta

from data.jobs import JobKind
from data.rights import Right
from routes.items import AssetKind, Holder, Item
from routes.measures import StepId
from routes.model import ActionId, SupportKind, SupportState
from tests.web.conftest import Reader
from tests.web.court import ACTION, NOW
from tests.web.test_measures import Step
from tests.web.test_plans import sign_all
from tests.web.test_tips import TOLD
from web.services import Services

__all__ = ["EXPIRES", "OTHER", "make_things"]

OTHER = ActionId("20261126-other0")
"""A second plan, without routes."""
EXPIRES = NOW.replace(month=12)


def _path_id(page: str, pattern: str) -> str:
    found = re.search(pattern, page)
    assert found is not None, pattern
    return found[1]


def make_things(court: Services, readers: dict[str, Reader]) -> dict[str, str]:
    """Make them in a court whose readers are signed in, and return their ids by name."""
    store, officer, commander = court.store, readers["officer"], readers["commander"]
    me = store.accounts.named("officer")
    assert me is not None
    sign_all(commander)
    signed = commander.get(f"/plans/{ACTION}").text
    for action in (ACTION, OTHER):
        store.release(action, by="test")
    stop = next(one for route in store.plan(ACTION).routes for one in route.stops if one.ref)  # type: ignore[union-attr]
    request = store.support_requests.create(
        ACTION,
        "PS-1",
        SupportKind.ESCORT,
        stop.ref,
        NOW + timedelta(hours=2),
        EXPIRES,
        "test",
        document="协助函1号",
        state=SupportState.SENT,
    )
    first, second = (Step(officer, court, "seizure", case) for case in ("c002", "c003"))
    flat = Item("-", AssetKind.REAL_ESTATE, registered_to=Holder.DEBTOR, held_by=Holder.DEBTOR)
    debtor = "/cases/c001/debtors/1/restrictions/order"
    officer.get(debtor)
    officer.send(debtor, document="限消令1号", issued_on="2026-10-01", served_on="2026-10-09")
    form = "/cases/c002/addresses/1/namesake"
    entered = {"name": "同乡某某", "kin": "match", "birth_date": ""}
    officer.get(form)
    shown = _path_id(officer.post(form, **entered).text, r'name="shown" value="([^"]+)"')
    told = {"verdict": "different", "shown": shown, "reason": "证件与亲属均已核对"}
    officer.post(form, **entered, **told)
    liaison = readers["grid_liaison"]
    liaison.get("/grid")
    liaison.send("/grid/tips", **TOLD)
    token, _secret = store.tokens.create(me, "程序", {Right.MAP_READ}, expires_at=EXPIRES, by=me.id)
    ids = {
        "share": store.shares.create(ACTION, "PS-1", EXPIRES, "test").id,
        "request": request.id,
        "sign_off": _path_id(signed, r"/sign-offs/(\w+)/withdraw"),
        "step": first.id,
        "item_step": second.id,
        "item": store.measures.add_item(StepId(second.id), flat, "住房一套", by=me.id).item.id,
        "record": _path_id(officer.get("/cases/c001").text, r"/restrictions/(\w+)/end"),
        "decision": _path_id(officer.get("/cases/c002").text, r"/namesakes/(\w+)/withdraw"),
        "tip": store.tips.open()[0].id,
        "token": token.id,
        "device": store.devices.add(me.id, "一组手机").id,
        "pack": store.jobs.add(
            JobKind.FIELD_PACK, {"action": ACTION, "format": "pdf", "draft": True}, by=me.id
        ).id,
        "purge": store.jobs.add(JobKind.PURGE, {}, by="test").id,
    }
    taken = store.jobs.take(ids["pack"])
    assert taken is not None
    store.jobs.finish(taken, {"name": "plan.pdf"})
    court.packs_dir.mkdir(exist_ok=True)
    (court.packs_dir / taken.pack_name).write_bytes(b"%PDF-")
    return ids
