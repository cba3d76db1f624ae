"""Every page of the application: its address, who opens it, and what to wait for.

The checks of accessibility and the pictures go by this one list; a page of the application that
stands neither here nor among :data:`NO_PAGES` is an error.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from data.model import Role
from tests.web.browser import Screen
from tests.web.court import ACTION, PASSWORD
from tests.web.seen_court import GUARDED, SOLVED, Ids

__all__ = [
    "NO_PAGES",
    "SeenPage",
    "empty_pages",
    "pages_of",
    "show",
    "sign_in",
    "turn",
    "unlisted",
]

NO_PAGES = frozenset(
    {
        "auth.home",
        "auth.healthz",
        "auth.service",
        "auth.service_back",
        "field.manifest",
        "field.worker",
        "help.index",
        "jobs.field_pack",
        "outcomes.file",
        "retention.certificate",
        "static",
    }
)
"""Addresses that lead on, or answer with something else than a page."""
_PROGRAMS = ("/api/", "/tiles/")
_TURN = """
const sheet = document.getElementById("dark-colours");
sheet.media = JSON.parse(sheet.dataset.media)[arguments[0]];
document.dispatchEvent(new Event("themechange"));
"""


Act = tuple[str, str]
"""A script, and the expression that holds once it has done its work."""


@dataclass(frozen=True)
class SeenPage:
    """One page in one state: its name, whose it is, where it is, and what then is done on it.

    ``until`` is an expression that holds once the page is there. Pages of several states share
    an ``endpoint``.
    """

    name: str
    endpoint: str
    role: Role | None
    path: str
    until: str = "true"
    acts: tuple[Act, ...] = ()


def _seen(selector: str) -> str:
    return f"document.querySelector('{selector}') !== null"


def _shown(name: str) -> str:
    return f"document.getElementById('{name}')?.checkVisibility()"


def _click(selector: str) -> str:
    return (
        f"document.querySelector('{selector}')"
        ".dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )


def _typed(text: str, *names: str) -> str:
    return "".join(f"document.getElementById('{one}').value = '{text}';" for one in names)


_CHECK = (
    "const one = document.querySelector('#checks details');one.open = true; one.scrollIntoView()",
    _shown("check-visit"),
)
_MARKS = _seen(".leaflet-marker-icon")
_WRONG = (
    _typed("nobody", "username", "password") + "document.querySelector('form').requestSubmit()",
    _seen(".flash--error"),
)
_FIRST = (
    _typed(GUARDED, "username")
    + _typed(PASSWORD, "password")
    + "document.querySelector('form').requestSubmit()",
    _seen("#code"),
)
_FIND = (
    _typed("甲某", "number") + "document.querySelector('.find').requestSubmit()",
    "location.pathname === '/cases/find'",
)
_DRAW = ("document.querySelector('.map-frame').scrollIntoView()", _MARKS)
_TOP = ("scrollTo(0, 0)", "scrollY === 0")
_HEAT = (_click("#heat-on"), _shown("heat-body"))
_WAITS = (
    "const real = fetch; window.fetch = (...given) => String(given[0]).includes('heat')"
    " ? Promise.resolve(Response.json({ready: false}, {status: 202})) : real(...given);"
    + _click("#heat-on"),
    f"{_shown('heat-body')} && document.getElementById('heat-total').textContent !== ''",
)
_SINCE = (
    "document.querySelector('.since details').open = true",
    f"{_shown('since-newest')} && {_seen('#since-newest a')}",
)
_DOT = (_click(".mark--case"), _shown("selected"))
_UNLOCK = (
    _typed("482915", "pin", "pin-again") + "document.getElementById('pin-form').requestSubmit()",
    f"{_shown('tasks')} || {_shown('day')}",
)
_TASKS = (
    f"if ({_shown('day')}) document.getElementById('change').click()",
    _seen("#task-list li button"),
)
_FETCH = (_click("#task-list li button"), f"{_shown('day')} && {_seen('#next .field-stop')}")
_OUTCOME = (
    _click("#next .button--main, #next button"),
    f"{_seen('#sheet .field-kind')} || {_seen('#sheet .field-checks li')}",
)
_KINDS = (  # what was begun before is kept and opens where it was left
    f"if (!({_seen('#sheet .field-kind')})) document.querySelector('[data-part=chosen]').click()",
    _seen("#sheet .field-kind"),
)
_KIND = (_click("#sheet .field-kind"), _seen("#sheet .field-checks li"))
_HELP = (_click("#sos"), "document.getElementById('help').open")
_LAYERS = (
    _click(".leaflet-control-layers-toggle"),
    _seen(".leaflet-control-layers-expanded"),
)
_BASES = (
    _click(".base-choice .leaflet-control-layers-toggle"),
    _seen(".base-choice.leaflet-control-layers-expanded"),
)
_PICTURES = (
    "for (const one of document.querySelectorAll('.base-choice input'))"
    " if (!one.checked) one.click();"
    "localStorage.removeItem('map-pictures')",
    _seen('img.leaflet-tile-loaded[src*="/tiles/light/"], img[src*="/tiles/dark/"]'),
)
_VISIT = (_click(".visit:not(.visit--escort)"), _shown("choice"))


def pages_of(ids: Ids) -> tuple[SeenPage, ...]:
    """Return every page, those of one reader after another."""
    officer, commander, auditor = Role.OFFICER, Role.COMMANDER, Role.AUDITOR
    plan, solved = f"/plans/{ACTION}", f"/plans/{SOLVED}"
    item = f"/measures/{ids.property_step}/items/{ids.item}/namesake"
    order = "/cases/c001/debtors/1/restrictions/breach"
    field = "/field/"
    return (
        SeenPage("login", "auth.login", None, "/login"),
        SeenPage("login-wrong", "auth.login", None, "/login", acts=(_WRONG,)),
        SeenPage("login-code", "auth.code", None, "/login", acts=(_FIRST,)),
        SeenPage(
            "overview",
            "overview.page",
            officer,
            "/overview",
            _seen(".mark--cluster"),
            (_SINCE,),
        ),
        SeenPage(
            "overview-case", "overview.page", officer, "/overview", _seen(".mark--case"), (_DOT,)
        ),
        SeenPage("overview-layers", "overview.page", officer, "/overview", _MARKS, (_LAYERS,)),
        SeenPage(
            "overview-pictures",
            "overview.page",
            officer,
            "/overview",
            _MARKS,
            (_BASES, _PICTURES),
        ),
        SeenPage("overview-heat", "overview.page", officer, "/overview", _MARKS, (_HEAT,)),
        SeenPage("overview-waits", "overview.page", officer, "/overview", _MARKS, (_WAITS,)),
        SeenPage("cases", "cases.index", officer, "/cases"),
        SeenPage("cases-found", "cases.index", officer, "/cases", acts=(_FIND,)),
        SeenPage("case", "cases.page", officer, "/cases/c002", _MARKS),
        SeenPage("case-hostile", "cases.page", officer, "/cases/c001", _MARKS),
        SeenPage("case-long", "cases.page", officer, "/cases/c005", _MARKS),
        SeenPage("case-none", "cases.page", officer, "/cases/none"),
        SeenPage("measure", "measures.page", officer, f"/measures/{ids.measure}"),
        SeenPage("measure-property", "measures.page", officer, f"/measures/{ids.property_step}"),
        SeenPage("namesake", "namesakes.page", officer, "/cases/c003/addresses/1/namesake"),
        SeenPage("namesake-item", "namesakes.item_page", officer, item),
        SeenPage("restriction", "restrictions.page", officer, order),
        SeenPage(
            "desk",
            "desk.page",
            officer,
            "/desk",
            "document.getElementById('address').textContent !== ''",
        ),
        SeenPage("beside", "board.comparison", officer, f"{solved}/compare?other={SOLVED}-r1"),
        SeenPage("tips", "tips.page", officer, "/tips"),
        SeenPage("jobs", "jobs.page", officer, "/jobs"),
        SeenPage("preview", "previews.page", officer, f"/jobs/{ids.preview}/preview"),
        SeenPage("preview-unread", "previews.page", officer, f"/jobs/{ids.unread_preview}/preview"),
        SeenPage("column-maps", "previews.templates", officer, "/jobs/columns"),
        SeenPage("quarantine", "quarantine.page", officer, "/jobs/quarantine"),
        SeenPage("quarantine-row", "quarantine.row", officer, f"/jobs/quarantine/{ids.row}"),
        SeenPage("rules", "rules.page", officer, "/rules"),
        SeenPage("account", "own_account.page", officer, "/account"),
        SeenPage("second-factor", "own_account.second_factor", officer, "/account/second-factor"),
        SeenPage("help", "help.guide", officer, "/help/officer"),
        SeenPage("field-lock", "field.page", officer, field, _shown("pin")),
        SeenPage("field-tasks", "field.page", officer, field, _shown("pin"), (_UNLOCK, _TASKS)),
        SeenPage(
            "field-day", "field.page", officer, field, _shown("pin"), (_UNLOCK, _TASKS, _FETCH)
        ),
        SeenPage(
            "field-outcome",
            "field.page",
            officer,
            field,
            _shown("pin"),
            (_UNLOCK, _OUTCOME, _KINDS),
        ),
        SeenPage(
            "field-checks",
            "field.page",
            officer,
            field,
            _shown("pin"),
            (_UNLOCK, _OUTCOME, _KINDS, _KIND),
        ),
        SeenPage("field-help", "field.page", officer, field, _shown("pin"), (_UNLOCK, _HELP)),
        SeenPage("plans", "plans.index", commander, "/plans"),
        SeenPage("plan", "plans.page", commander, plan, _MARKS),
        SeenPage("plan-check", "plans.page", commander, plan, _MARKS, (_CHECK,)),
        SeenPage("plan-unreleased", "plans.page", commander, solved, _MARKS),
        SeenPage("board", "board.page", commander, f"{solved}-r1/board", _seen(".visit")),
        SeenPage(
            "board-chosen",
            "board.page",
            commander,
            f"{solved}-r1/board",
            _seen(".visit"),
            (_VISIT,),
        ),
        SeenPage("compare", "board.comparison", commander, f"{solved}/compare?other={SOLVED}-r1"),
        SeenPage("what-if", "what_if.page", commander, f"{solved}/what-if", _MARKS),
        SeenPage("live", "live.page", commander, f"/live/{ACTION}", _seen(".live-team")),
        SeenPage("campaigns", "campaigns.page", commander, "/campaigns"),
        SeenPage("network", "network.page", commander, "/network", _seen(".road-tiles canvas")),
        SeenPage("help-commander", "help.guide", commander, "/help/commander"),
        SeenPage("partner", "partner.page", Role.POLICE_LIAISON, "/partner", acts=(_DRAW, _TOP)),
        SeenPage("roster", "partner.roster", Role.POLICE_LIAISON, "/partner/roster"),
        SeenPage("forbidden", "cases.index", Role.POLICE_LIAISON, "/cases"),
        SeenPage("help-police", "help.guide", Role.POLICE_LIAISON, "/help/police_liaison"),
        SeenPage("grid", "tips.grid_page", Role.GRID_LIAISON, "/grid"),
        SeenPage("help-grid", "help.guide", Role.GRID_LIAISON, "/help/grid_liaison"),
        SeenPage("audit", "audit.page", auditor, "/audit"),
        SeenPage("protection", "protection.page", auditor, "/protection"),
        SeenPage("retention", "retention.page", auditor, "/retention"),
        SeenPage("help-auditor", "help.guide", auditor, "/help/auditor"),
        SeenPage("accounts", "accounts.page", Role.ADMIN, "/accounts"),
        SeenPage("help-admin", "help.guide", Role.ADMIN, "/help/admin"),
    )


def empty_pages() -> tuple[SeenPage, ...]:
    """Return the pages that a court without cases, plans and roads sees otherwise."""
    officer, commander, police = Role.OFFICER, Role.COMMANDER, Role.POLICE_LIAISON
    read = "!document.getElementById('map-note').textContent.endsWith('…')"
    return (
        SeenPage("overview-empty", "overview.page", officer, "/overview", read),
        SeenPage("cases-empty", "cases.index", officer, "/cases"),
        SeenPage("desk-empty", "desk.page", officer, "/desk"),
        SeenPage("jobs-empty", "jobs.page", officer, "/jobs"),
        SeenPage("plans-empty", "plans.index", commander, "/plans"),
        SeenPage("live-empty", "live.index", commander, "/live"),
        SeenPage("campaigns-empty", "campaigns.page", commander, "/campaigns"),
        SeenPage("network-empty", "network.page", commander, "/network"),
        SeenPage("partner-empty", "partner.page", police, "/partner"),
        SeenPage("roster-empty", "partner.roster", police, "/partner/roster"),
    )


def unlisted(app: Flask, pages: tuple[SeenPage, ...]) -> set[str]:
    """Return the addresses that answer with a page and stand in no list."""
    asked = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(_PROGRAMS)
    }
    return asked - NO_PAGES - {page.endpoint for page in pages}


def sign_in(screen: Screen, role: Role | None, language: str) -> None:
    """Let a reader of this role, or nobody yet, read in a language."""
    if role is None:
        screen.sign_out()
        screen.open("/login")
    else:
        screen.sign_in(role.value, PASSWORD)
    if screen.driver.execute_script("return document.documentElement.lang.slice(0, 2)") != language:
        screen.driver.execute_script("document.querySelector('[name=language]').click()")
        screen.until(f"document.documentElement.lang.startsWith('{language}')")


def show(screen: Screen, page: SeenPage) -> None:
    """Open a page, lead it to its state and wait until it is there."""
    screen.open(page.path)
    screen.until(page.until)
    for script, until in page.acts:
        screen.driver.execute_script(script)
        screen.until(until)
        screen.settle()


def turn(screen: Screen, theme: str) -> None:
    """Turn the open page light or dark, without loading it again."""
    screen.driver.execute_script(_TURN, theme)
