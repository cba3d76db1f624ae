"""Every way into the pages, with the things that its address, its form or its body names.

One entry a view, in one of these forms; a test asks for an entry of each.

- ``name:kind`` is a thing that the reader has, whose kind is in :data:`KINDS`;
- ``name:kind~`` is part of another thing that is named: that of anything else is refused;
- ``name=text`` is no thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from data.things import Thing

__all__ = ["KINDS", "PLAIN", "WAYS", "Way", "named"]

KINDS: Mapping[str, Thing] = {
    "account": Thing.ACCOUNT,
    "alarm": Thing.TEAM_DAY,
    "audit_job": Thing.JOB,
    "begun_step": Thing.STEP,
    "case": Thing.CASE,
    "certificate": Thing.CERTIFICATE,
    "check_answer": Thing.CASE_PART,
    "check_draft": Thing.PLAN_PART,
    "claim": Thing.CASE_PART,
    "closure": Thing.CLOSURE,
    "column_map": Thing.COLUMN_MAP,
    "debtor": Thing.CASE_PART,
    "decision": Thing.CASE_PART,
    "device": Thing.DEVICE,
    "export": Thing.OWN_EXPORT,
    "grid": Thing.GRID_CONTACTS,
    "guide": Thing.GUIDE,
    "import_job": Thing.JOB,
    "index": Thing.STEP_PART,
    "item": Thing.STEP_PART,
    "item_step": Thing.STEP,
    "leak": Thing.REGISTER_LINE,
    "line": Thing.REGISTER_LINE,
    "message": Thing.TEAM_DAY,
    "outcome": Thing.OUTCOME,
    "own_device": Thing.OWN_DEVICE,
    "own_tip": Thing.OWN_TIP,
    "picture": Thing.OUTCOME,
    "place_number": Thing.CASE_PART,
    "plan": Thing.PLAN,
    "preview": Thing.UPLOAD,
    "record": Thing.CASE_PART,
    "record_case": Thing.CASE,
    "refused_import": Thing.UPLOAD,
    "request": Thing.PLAN_PART,
    "road": Thing.MAP_PART,
    "row": Thing.QUARANTINED_ROW,
    "share": Thing.PLAN_PART,
    "sign_off": Thing.PLAN_PART,
    "solved_plan": Thing.PLAN,
    "solved_visit": Thing.PLAN_PART,
    "start": Thing.STATION_START,
    "station": Thing.GRID_CONTACTS,
    "station_request": Thing.STATION_REQUEST,
    "step": Thing.STEP,
    "team": Thing.TEAM_DAY,
    "team_start": Thing.TEAM_START,
    "point": Thing.STATION_START,  # anywhere on the map
    "tip": Thing.TIP,
    "token": Thing.OWN_TOKEN,
    "trial": Thing.PLAN_PART,
    "visit": Thing.PLAN_PART,
    "any_team": Thing.PLAN_PART,  # for who plans: of the whole court
    "proposed": Thing.PLAN_PART,
    "stray": Thing.PLAN_PART,
    "tried_plan": Thing.PLAN,
    "whole": Thing.TEAM_DAY,
}
"""Kinds of things as ways name them, each with its kind in the table of what is bound."""


_PLAIN = """
acknowledged act actor acts add_number addresses again age agreed_at alarm_note answer answer_by
approval approved_by approved_on area arrangements asset at back band bbox before begin birth_date
change check code colour columns confirmed consent copies corners costs_yuan count counted court
csrf_token datum day days days_each debtor_phone description direction document
document_expires_on done draft east end ends_on expires expires_on file files filters finding
fingerprint first forced_opening form format from grade held_by id_number in_operation indivisible
issued_on item_revision key kin kind known_by label language last_day lat lead_until leave left
limit lon lowest major_matter minute minutes most name near new_password next north note
nothing_else notified number objection_pending on other_second outcomes override_reason owed_yuan
owner_identifiers page password phone photo place police_gear position profile proposed reason
recipient_adult recipient_role record registered_to revision role roles scope second seen_on
seized_on served_on shown sign_document sign_reason sign_role since south start_s starts_at status
step stop stop_s subject text third_party_claim time title to_be_sold total township typed
unreachable until use username value value_yuan verdict version visit_kind vulnerable weeks west
what why withdraw zoom
"""
PLAIN = frozenset(_PLAIN.split())
"""Names of fields that name no thing."""


@dataclass(frozen=True)
class Way:
    """How a view is asked, so that it does what it is for.

    Parameters
    ----------
    names
        What is named, as the module says.
    query, form, json
        What is sent, with ``{name}`` where a thing is named.
    device
        Which named device asks.
    reached
        The statuses of an answer that was given to who may have it.
    changes
        Whether something is written then; None where it may or may not be.
    """

    names: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    device: str = ""
    reached: frozenset[int] = frozenset({200, 201, 202, 204, 302})
    changes: bool | None = None

    def body_names(self, which: Iterable[str]) -> bool:
        """Whether one of these is named elsewhere than in the address."""
        sent = repr((self.query, self.form, self.json, self.device))
        return any(f"{{{name}}}" in sent for name in which)


def named(way: Way) -> tuple[dict[str, tuple[str, bool]], dict[str, str]]:
    """Return the things that a way names, with whether each is a part, and its plain texts."""
    things, plain = {}, {}
    for word in way.names.split():
        if "=" in word:
            name, _, text = word.partition("=")
            plain[name] = text
        else:
            name, _, kind = word.partition(":")
            things[name] = kind.rstrip("~"), kind.endswith("~")
    return things, plain


def _ways(*ways: Way) -> tuple[Way, ...]:
    return ways


def _one(names: str = "", **more: Any) -> tuple[Way, ...]:
    return (Way(names, **more),)


_PLAN, _STEP = "action_id:plan", "step_id:step"
_REVISION = {"revision": "{revision}"}
_REPORT = {"reason": "示例理由"}
_AT_ONCE = "2026-11-26T00:20:00+00:00"
_REACH = {"minutes": "15", "profile": "car", "day": "workday", "band": "daytime"}
_NO_ENGINE = frozenset({200, 400})
"""Of what is reckoned along roads: this court has roads to look at, and nothing that drives."""
_NO_PICTURES = frozenset({200, 404})
"""Of the base map as pictures: this court may have none."""
_CLOSURE = {
    "reason": "桥梁维修",
    "begin": "",
    "end": "",
    "direction": "both",
    "area": None,
    "roads": ["int:{roads}"],
    "version": "{version}",
    "confirmed": True,
}
_FAULTY = frozenset({400, 409, 422})


def _act(**more: str) -> dict[str, Any]:
    return {"acts": [{"key": "key-of-matrix", "kind": "help", "at": _AT_ONCE} | more]}


def _visit(**more: Any) -> dict[str, Any]:
    one = {"key": "visit-matrix", "kind": "moved", "at": "2026-11-24T09:30:00+08:00"}
    return {"outcomes": [one | more]}


WAYS: Mapping[str, tuple[Way, ...]] = {
    "accounts.add": _ways(
        *(
            Way(
                f"{what}:{what}",
                form={
                    "username": "matrix",
                    "password": "correct-horse-9",
                    "name": "示例",
                    "role": role,
                    what: f"{{{what}}}",
                },
                changes=True,
            )
            for role, what in (("police_liaison", "station"), ("grid_liaison", "grid"))
        ),
        Way(
            "team:any_team",
            form={
                "username": "matrix",
                "password": "correct-horse-9",
                "name": "示例",
                "role": "officer",
                "team": "{team}",
            },
            changes=True,
        ),
    ),
    "accounts.change": _one("account_id:account what=disable", changes=True),
    "accounts.page": _one(),
    "accounts.place": _one("account_id:account team:any_team", form={"team": "{team}"}),
    "accounts.revoke_device": _one("device_id:device", form={"confirmed": "1"}, changes=True),
    "accounts.set_court": _one(form={"court": "闽0504"}, changes=True),
    "audit.page": _one("after=", query={"act": "login", "actor": "u1", "subject": "case:c001"}),
    "audit.status": _one(),
    "audit.verify": _one(),
    "auth.code": _one(),
    "auth.code_post": _one(form={"code": "000000"}),
    "auth.healthz": _one(),
    "auth.home": _one(),
    "auth.language": _one(form={"language": "zh"}),
    "auth.login": _one(),
    "auth.login_post": _one(form={"username": "nobody", "password": "x"}, reached=frozenset({401})),
    "auth.logout": _one(),
    "auth.service": _one(reached=frozenset({404})),
    "auth.service_back": _one(reached=frozenset({404})),
    "board.comparison": _one("action_id:solved_plan other:solved_plan", query={"other": "{other}"}),
    "board.drop_draft": _one("action_id:solved_plan", form={"number": ""}),
    "board.keep": _one("action_id:solved_plan", form={"number": "0"}),
    "board.lines": _one("action_id:solved_plan"),
    "board.page": _one("action_id:solved_plan"),
    "board.room": _one("action_id:solved_plan ref:solved_visit", json={"ref": "{ref}"}),
    "board.state": _one("action_id:solved_plan"),
    "board.step": _one(
        "action_id:solved_plan ref:solved_visit",
        json={"number": 0, "act": "change", "change": {"kind": "lock", "ref": "{ref}"}},
        reached=frozenset({200, 422}),
    ),
    "board.take_up_draft": _one("action_id:solved_plan"),
    "board.tries": _one(
        "action_id:solved_plan ref:solved_visit",
        json={"kind": "lock", "ref": "{ref}"},
        reached=frozenset({200, 422}),
    ),
    "campaigns.page": _one(query={"weeks": "4"}),
    "cases.answer": _one(
        "case_id:case", form={"major_matter": "no", "objection_pending": "no"}, changes=True
    ),
    "cases.data": _one("case_id:case"),
    "cases.find": _one(form={"number": "{case_number}"}),
    "cases.index": _one(),
    "cases.page": _one("case_id:case"),
    "cases.show": _one("case_id:case"),
    "checks.add": _one(
        "case_id:case number:place_number",
        form={"number": "{number}", "check": "telephone", "answer": "no", "day": ""},
        changes=True,
    ),
    "checks.withdraw": _one("case_id:case~ answer_id:check_answer~", changes=True),
    "desk.claim": _one("claim_id:claim"),
    "desk.confirm": _one("claim_id:claim", json={}, reached=_FAULTY),
    "desk.page": _one(),
    "desk.point": _one(json={"typed": "118.6, 24.8", "datum": "wgs84"}),
    "desk.queue": _one(),
    "desk.undo": _one(json={}, reached=_FAULTY),
    "desk.unlocatable": _one("claim_id:claim", json={}, changes=True),
    "field.acts": _ways(
        Way(
            "team:team device:own_device",
            json=_act(kind="safe", team="{team}", agreed_at=_AT_ONCE),
            device="{device}",
            changes=True,
        ),
        Way(
            "message:message device:own_device",
            json=_act(kind="read", message="{message}"),
            device="{device}",
            changes=True,
        ),
    ),
    "field.add_device": _one(json={"name": "示例手机"}, changes=True),
    "field.manifest": _one(),
    "field.messages": _one("team:team device:own_device", device="{device}"),
    "field.pack": _one(
        "action_id:plan~ day=2026-11-26 team:team device:own_device", device="{device}"
    ),
    "field.page": _one(),
    "field.state": _one(),
    "field.tasks": _one("device:own_device", device="{device}"),
    "field.worker": _one(),
    "help.guide": _one("role:guide"),
    "help.index": _one(),
    "help.tour_again": _one(),
    "help.tour_seen": _one(),
    "jobs.begin_field_pack": _one(
        "action_id:plan team:whole", form={"format": "pdf", "draft": "1"}, changes=True
    ),
    "jobs.begin_geocode": _one(changes=True),
    "jobs.begin_import": _one(form={"kind": "cases"}),
    "jobs.begin_plan": _one(
        "team:any_team",
        form={"days": "1", "stop_s": "10", "first": "2026-11-27", "team": "{team}"},
        changes=True,
    ),
    "jobs.field_pack": _one("job_id:export"),
    "jobs.page": _one(),
    "jobs.retry": _one("job_id:import_job"),
    "jobs.status": _one("id:import_job", query={"id": "{id}"}),
    "jobs.stop": _one("job_id:import_job"),
    "liaisons.of_grid": _one("grid_code:grid"),
    "liaisons.show": _one("grid_code:grid"),
    "live.alarms": _one(),
    "live.data": _one(_PLAN),
    "live.events": _one(_PLAN),
    "live.index": _one(),
    "live.page": _one(_PLAN),
    "live.take_on": _one(
        "action_id:plan~ team:team~ alarm:alarm~",
        json={"team": "{team}", "alarm": "{alarm}", "alarm_note": "已电话联系"},
        changes=True,
    ),
    "live.tell": _one(
        "action_id:plan~ team:any_team message=",
        json={"team": "{team}", "message": "请注意安全"},
        changes=True,
    ),
    "measures.act": _one(_STEP, form=_REVISION),
    "measures.add": _ways(
        Way(
            "case_id:case~ debtor:debtor~ claim:claim~",
            form={"kind": "seizure", "debtor": "{debtor}", "claim": "{claim}"},
            changes=True,
        )
    ),
    "measures.change_item": _one(
        "step_id:item_step~ item_id:item~",
        form={"revision": "{revision}", "item_revision": "1", "description": "住房"},
    ),
    "measures.close": _one(_STEP, form=_REVISION),
    "measures.decide": _one(_STEP, form=_REVISION | _REPORT),
    "measures.document": _one(_STEP, form=_REVISION),
    "measures.drop_act": _one(
        "step_id:begun_step number:index~",
        form=_REVISION | _REPORT,  # what has begun a commander corrects
    ),
    "measures.drop_document": _one("step_id:step number:index~", form=_REVISION, changes=True),
    "measures.facts": _one(
        "step_id:step claim:claim~", form=_REVISION | {"claim": "{claim}"}, changes=True
    ),
    "measures.item": _one(_STEP, form=_REVISION),
    "measures.page": _one(_STEP),
    "measures.propose": _one(
        "step_id:step team:any_team",
        form=_REVISION | {"team": "{team}", "starts_at": "2026-11-30T09:00"},
        changes=True,
    ),
    "measures.reopen": _one(_STEP, form=_REVISION | _REPORT),
    "measures.schedule": _one(_STEP, form=_REVISION),
    "measures.sign_off": _one(
        _STEP,
        form=_REVISION | _REPORT | {"role": "president", "expires": "2026-12-01", "finding": "-"},
    ),
    "measures.withdraw": _one(_STEP, form=_REVISION | _REPORT),
    "measures.withdraw_sign_off": _one(  # no step here has a signature: that of a plan is refused
        "step_id:step sign_off_id:stray~", form=_REVISION, reached=frozenset({404})
    ),
    "namesakes.item_page": _one("step_id:item_step~ item_id:item~"),
    "namesakes.item_send": _one("step_id:item_step~ item_id:item~", form={"name": "同乡某"}),
    "namesakes.page": _one("case_id:case number:place_number"),
    "namesakes.send": _one("case_id:case number:place_number", form={"name": "同乡某"}),
    "namesakes.withdraw": _one("case_id:case~ decision_id:decision~", changes=True),
    "network.apply_correction": _one(form={"fingerprint": "none"}),
    "network.closures": _one(),
    "network.drop_correction": _one(),
    "network.lift": _one("closure_id:closure", json={}, changes=True),
    "network.make": _one("roads:road", json=_CLOSURE, changes=True),
    "network.page": _one(),
    "network.preview": _one("roads:road", json=_CLOSURE),
    "network.reach": _ways(
        Way("start:start", query={"start": "{start}"} | _REACH, reached=_NO_ENGINE),
        Way("start:team_start", query={"start": "{start}"} | _REACH, reached=_NO_ENGINE),
    ),
    "network.reach_from_point": _one(
        "here:point", json={"lon": 118.6, "lat": 24.9} | _REACH, reached=_NO_ENGINE
    ),
    "network.road_facts": _one("road:road"),
    "network.tile": _one("z=12 x=3397 y=1760"),
    "outcomes.file": _one("file_id:picture"),
    "outcomes.receive": _ways(
        Way(
            "claim:claim device:own_device",
            json=_visit(claim="{claim}"),
            device="{device}",
            changes=True,
        ),
        Way(
            "team:team device:own_device",
            json=_visit(claim="a0010", record={"team": "{team}"}),
            device="{device}",
            changes=True,
        ),
    ),
    "outcomes.withdraw": _one(
        "case_id:case~ outcome_id:outcome", form={"why": "slip"}, changes=True
    ),
    "overview.areas": _one(),
    "overview.cases": _one(),
    "overview.clusters": _one(
        query={"zoom": "12", "west": "118", "east": "119", "south": "24", "north": "25"}
    ),
    "overview.find": _one(json={"text": "石井"}),
    "overview.heat": _one(),
    "overview.one": _one("case_id:case"),
    "overview.page": _one(),
    "overview.since": _one(),
    "overview.within": _one(
        json={"filters": {}, "corners": [[118.5, 24.8], [118.6, 24.8], [118.6, 24.9]]}
    ),
    "own_account.create_token": _one(
        form={"password": "{password}", "label": "程序", "scope": "basemap.read", "days": "7"}
    ),
    "own_account.end_device": _one("device_id:own_device", form={"confirmed": "1"}, changes=True),
    "own_account.end_sessions": _one(),
    "own_account.page": _one(),
    "own_account.password": _one(form={"password": "{password}"}),
    "own_account.revoke_token": _one("token_id:token", form={"confirmed": "1"}, changes=True),
    "own_account.second_factor": _one(),
    "own_account.second_factor_off": _one(form={"password": "{password}"}),
    "own_account.second_factor_post": _one(form={"password": "{password}", "code": "0"}),
    "partner.answer": _one(
        "request_id:station_request", form={"answer": "confirmed"}, changes=True
    ),
    "partner.data": _one(),
    "partner.page": _one(),
    "partner.roster": _one(),
    "plans.ask_to_unshare": _one("action_id:plan~ share_id:share~"),
    "plans.ask_to_withdraw": _one(_PLAN),
    "plans.data": _one(_PLAN),
    "plans.index": _one(),
    "plans.page": _one(_PLAN),
    "plans.release": _one(_PLAN),
    "plans.share": _one(_PLAN, form={"document": "协助函1号"}),
    "plans.sign_off": _one(
        _PLAN, form=_REPORT | {"role": "president", "expires": "2026-12-01", "finding": "-"}
    ),
    "plans.unshare": _one("action_id:plan~ share_id:share~", form={"confirmed": "1"}),
    "plans.withdraw": _one("action_id:plan~ sign_off_id:sign_off~", changes=True),
    "plans.withdraw_release": _one(_PLAN),
    "previews.confirm": _one("job_id:preview"),
    "previews.discard": _one("job_id:preview", changes=True),
    "previews.forget": _one("record_id:column_map", changes=True),
    "previews.look": _one("job_id:refused_import", changes=True),
    "previews.page": _one("job_id:preview"),
    "previews.show": _one("job_id:preview"),
    "previews.tell": _one("job_id:preview"),
    "previews.templates": _one(),
    "protection.add": _ways(
        Way(
            "kind=leak_step leak:leak",
            form={"leak": "{leak}", "step": "remedied", "on": "2026-11-25", "note": "已停用"},
            changes=True,
        )
    ),
    "protection.end": _one("entry_id:line", changes=True),
    "protection.page": _one(),
    "quarantine.drop": _one("row_id:row", changes=True),
    "quarantine.mend": _one("row_id:row", reached=frozenset({302, 422})),
    "quarantine.page": _one(),
    "quarantine.row": _one("row_id:row"),
    "quarantine.show": _one("row_id:row"),
    "reasons.why": _ways(
        Way("action_id:solved_plan visit:solved_visit", query={"visit": "{visit}"}),
        Way(
            "action_id:plan ref:debtor",
            query={"ref": "{ref}"},
            reached=frozenset({200, 422}),
        ),
    ),
    "records.cases": _one(query={"first": "0", "count": "2"}),
    "records.cases_on_map": _one("after:case", query={"after": "{after}", "limit": "2"}),
    "records.description": _one(),
    "records.plan_on_map": _one(_PLAN),
    "replanning.replan": _ways(
        Way(
            "action_id:plan~ team:any_team",
            form={"kind": "team_out", "team": "{team}"},
        )
    ),
    "replanning.take_back": _one(_PLAN),
    "restrictions.end": _one("case_id:record_case~ record_id:record~", changes=True),
    "restrictions.page": _one("case_id:case number:place_number kind=order"),
    "restrictions.send": _one(
        "case_id:case number:place_number kind=order",
        form={"document": "限消令2号", "issued_on": "2026-10-01", "served_on": "2026-10-09"},
    ),
    "retention.ask": _one(),
    "retention.certificate": _one("file_id:certificate"),
    "retention.erase": _one(form={"total": "-1"}),
    "retention.page": _one(),
    "retention.status": _one(),
    "rules.page": _one(),
    "support.draft": _one(
        "action_id:plan visit:visit~",
        form={
            "visit": "{visit}",
            "day": "2026-11-26",
            "from": "09:00",
            "until": "10:00",
            "document": "协助函1号",
        },
        changes=True,
    ),
    "support.send": _one("action_id:plan~ request_id:check_draft~", changes=True),
    "support.agree": _one("action_id:plan~ request_id:proposed~", changes=True),
    "support.withdraw": _one("action_id:plan~ request_id:request~", changes=True),
    "tiles.dense_raster": _one("theme=light z=12 x=3397 y=1760", reached=_NO_PICTURES),
    "tiles.picture": _one("layer=own z=12 x=3397 y=1760", reached=frozenset({404})),
    "tiles.raster": _one("theme=light z=12 x=3397 y=1760", reached=_NO_PICTURES),
    "tiles.tile": _one("z=12 x=3397 y=1760"),
    "tips.grid_page": _one(),
    "tips.match": _one("tip_id:tip", form={"number": "1"}),
    "tips.page": _one(),
    "tips.put_aside": _one("tip_id:tip", changes=True),
    "tips.tell": _one(
        "about=",
        form={
            "about": "开面馆的老板",
            "place": "青溪镇车站旁",
            "seen_on": "2026-11-24",
            "days": "30",
            "consent": "1",
        },
        changes=True,
    ),
    "tips.use": _one("tip_id:tip about:debtor", form={"about": "{about}|"}, changes=True),
    "tips.withdraw": _one("tip_id:own_tip", changes=True),
    "what_if.begin": _one(_PLAN, form={"kind": "table"}),
    "what_if.page": _one(_PLAN),
    "what_if.routes": _one("action_id:plan~ number:trial~"),
    "what_if.status": _one("action_id:tried_plan~"),
    "what_if.stop": _one("action_id:tried_plan~"),
}
