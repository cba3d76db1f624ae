"""Who may do what, and the headers that keep foreign content out.

Each view names the right that it needs with :func:`needs` or says that it is :func:`public`; a view
that does neither is refused. Who has which right is in :mod:`data.rights`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Set
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from flask import (
    Flask,
    Request,
    Response,
    abort,
    current_app,
    g,
    redirect,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf import CSRFProtect

from data.masks import SIGHTS, PersonField, Sights
from data.model import Account
from data.rights import RIGHTS, Right
from data.things import Belonging, Thing, reaches
from web.form_checks import is_check
from web.services import services

__all__ = [
    "SESSION_IDLE",
    "SESSION_LASTS",
    "SESSION_LASTS_WITH_PACK",
    "User",
    "account",
    "csp_nonce",
    "end_session",
    "has_right",
    "home_endpoint",
    "install_security",
    "keep_session_until",
    "needs",
    "own_team",
    "public",
    "reaches_team",
    "session_begun",
    "session_ends_at",
    "session_idle",
    "sights",
    "start_session",
    "takes_upload",
    "uses_position",
]


_HOMES: tuple[tuple[Right, str], ...] = (
    (Right.MAP_READ, "overview.page"),
    (Right.PARTNER_READ, "partner.page"),
    (Right.GRID_READ, "tips.grid_page"),
    (Right.AUDIT_READ, "audit.page"),
)

SESSION_LASTS = timedelta(hours=10)
SESSION_LASTS_WITH_PACK = timedelta(hours=24)
"""How long a session may last at most whose device keeps a day's work, from signing in."""
SESSION_IDLE = timedelta(hours=1)
"""How long a session may lie idle: somebody else may stand at the desk then."""
_IDLE = "fieldwrit-session-idle"
_SEEN_EVERY_S = 60  # the cookie is written anew no more often
_BY_THEMSELVES = frozenset(
    {
        "jobs.status",
        "what_if.status",
        "live.alarms",
        "live.data",
        "live.events",
        "audit.status",
        "retention.status",
    }
)  # pages ask these, nobody does
_ON_DEVICES = frozenset({"outcomes.receive", "tiles.tile", "auth.logout", "static"})
"""What the field page asks of others; a device that lay in a drawer overnight may ask for it."""
_TILES = ("tiles.tile", "tiles.raster", "tiles.dense_raster", "tiles.picture", "network.tile")
_KEPT_BY_BROWSERS = frozenset({"static", *_TILES})
"""What has nothing of a person, and says itself for how long it may be kept."""
_View = TypeVar("_View", bound=Callable[..., Any])


class User(UserMixin):  # type: ignore[misc]
    """The signed-in account, as flask-login wants it; a token's rights are its scopes."""

    def __init__(self, account: Account, scopes: Set[Right] | None = None) -> None:
        self.account = account
        self.rights = RIGHTS[account.role] if scopes is None else RIGHTS[account.role] & scopes

    def get_id(self) -> str:
        return f"{self.account.id}.{self.account.epoch}"


def needs(right: Right) -> Callable[[_View], _View]:
    """Mark a view with the right that it asks for."""

    def mark(view: _View) -> _View:
        view.needed_right = right  # type: ignore[attr-defined]
        return view

    return mark


def takes_upload(most: int) -> Callable[[_View], _View]:
    """Mark a view that takes a file of so many bytes."""

    def mark(view: _View) -> _View:
        view.most_upload = most  # type: ignore[attr-defined]
        return view

    return mark


def uses_position(view: _View) -> _View:
    """Mark a page that may ask for the device's position and work without a signal."""
    view.uses_position = True  # type: ignore[attr-defined]
    return view


def public(view: _View) -> _View:
    """Mark a view that needs no account."""
    view.needed_right = None  # type: ignore[attr-defined]
    return view


def account() -> Account:
    """Return the signed-in account; 401 where there is none."""
    if not current_user.is_authenticated:
        abort(401)
    signed_in: Account = current_user.account
    return signed_in


def has_right(right: Right | str) -> bool:
    """Whether the signed-in account has this right."""
    return current_user.is_authenticated and right in current_user.rights


def own_team() -> str | None:
    """Return the team whose days alone the signed-in account sees; None where it sees all."""
    return account().team_id


def reaches_team(team: str | None, thing: Thing = Thing.TEAM_DAY) -> bool:
    """Whether the signed-in account reaches what a team has; empty for what several have."""
    return reaches(account(), thing, Belonging(team=team, account=account().id))


def sights(*asked: PersonField) -> Sights:
    """Return what the signed-in account sees of persons, fields that it asked for in full too."""
    held = Sights(SIGHTS[account().role], frozenset(asked))
    return held if has_right(Right.PERSON_READ) else held.at_most_masked()


def home_endpoint() -> str:
    """Return the first page that the signed-in account may see."""
    return next(endpoint for right, endpoint in _HOMES if has_right(right))


def csp_nonce() -> str:
    """Return this request's nonce; only scripts that carry it run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    nonce: str = g.csp_nonce
    return nonce


def install_security(app: Flask, *, secure_cookies: bool, session_idle: timedelta) -> None:
    """Add sessions, CSRF protection, the rights check and the headers to ``app``."""
    app.extensions[_IDLE] = session_idle
    app.config.update(
        SESSION_COOKIE_NAME="fieldwrit",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure_cookies,
        PERMANENT_SESSION_LIFETIME=SESSION_LASTS_WITH_PACK,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # it asks for a referrer, and pages send none
        MAX_CONTENT_LENGTH=1024 * 1024,
    )
    app.before_request(_allow_uploads)  # before anything reads the form
    CSRFProtect(app)
    manager = LoginManager(app)
    manager.session_protection = "strong"
    manager.user_loader(_load_user)
    manager.request_loader(_load_token)
    app.before_request(_check_right)
    app.after_request(_add_headers)


def start_session(account: Account) -> None:
    """Begin a session of an account; nothing of an earlier one stays."""
    session.clear()
    login_user(User(account))
    session.permanent = True
    now = services().clock().timestamp()
    session["begun_s"] = session["seen_s"] = int(now)
    session["id"] = secrets.token_urlsafe(18)


def end_session() -> None:
    """End this session, here and wherever a copy of its cookie is."""
    accounts, by = services().store.accounts, account().id
    accounts.end_session(session.pop("id"), until=session_ends_at(), by=by)
    logout_user()


def keep_session_until(moment: datetime) -> None:
    """Let this session last until a pack ends that its device fetched, within the longest time."""
    session["packs_end_s"] = max(session.get("packs_end_s", 0), int(moment.timestamp()))


def session_begun() -> datetime:
    """Return when this session began; a program that reads by a token has none, and gets 403."""
    if "begun_s" not in session:
        abort(403)
    return datetime.fromtimestamp(session["begun_s"], UTC)


def session_idle() -> timedelta:
    """Return how long a session may lie idle."""
    idle: timedelta = current_app.extensions[_IDLE]
    return idle


def session_ends_at() -> datetime:
    """Return when this session ends, however much it is used."""
    idle: timedelta = current_app.extensions[_IDLE]
    begun = datetime.fromtimestamp(session.get("begun_s", 0), UTC)
    packs_end = datetime.fromtimestamp(session.get("packs_end_s", 0), UTC)
    return max(begun + max(SESSION_LASTS, idle), min(packs_end, begun + SESSION_LASTS_WITH_PACK))


def _load_user(held: str) -> User | None:
    """Return who is signed in, while the account, its sessions and this one have not ended."""
    account_id, _, epoch = held.partition(".")
    found = services().store.accounts.in_session(account_id, session.get("id", ""))
    if found is None or "id" not in session or epoch != str(found.epoch):
        return None
    now = services().clock()
    now_s = int(now.timestamp())
    idle: timedelta = current_app.extensions[_IDLE]
    if session.get("device"):  # locked by a PIN, and often without a signal
        idle = max(SESSION_LASTS, idle)
    if now > session_ends_at() or _was_ended_on_device():
        return None
    if now_s - session.get("seen_s", 0) > idle.total_seconds():
        return User(found) if _asked_by_device() else None  # other pages stay closed
    if now_s - session["seen_s"] >= _SEEN_EVERY_S and request.endpoint not in _BY_THEMSELVES:
        session["seen_s"] = now_s
    return User(found)


def _was_ended_on_device() -> bool:
    """Whether the owner ended what was open on this session's device, after the session began."""
    if not session.get("device"):
        return False
    device = services().store.devices.get(session["device"])
    ended = None if device is None else device.ended_at
    return ended is not None and session["begun_s"] <= ended.timestamp()


def _asked_by_device() -> bool:
    """Whether the field page asks, on a device that keeps a day's work."""
    asked = request.endpoint or ""
    own = asked.startswith("field.") or asked in _ON_DEVICES
    return own and bool(session.get("device")) and "packs_end_s" in session


def _load_token(asked: Request) -> User | None:
    """Return whom a program reads for, by the token that it sends."""
    scheme, _, secret = asked.headers.get("Authorization", "").partition(" ")
    view = current_app.view_functions.get(asked.endpoint or "")
    if (
        scheme.casefold() != "bearer"
        or asked.method not in ("GET", "HEAD")
        or getattr(view, "needed_right", None) is None
    ):
        return None
    store = services().store
    token = store.tokens.find(secret.strip())
    found = None if token is None else store.accounts.get(token.account_id)
    if token is None or found is None or not found.usable:
        return None
    return User(found, token.scopes)


def _allow_uploads() -> None:
    """Let who may send a file send a large one; a form without files is never large."""
    if request.content_length is None and "Transfer-Encoding" in request.headers:
        abort(411)  # else what is beyond the limit would be cut off, and the rest be taken
    view: Any = current_app.view_functions.get(request.endpoint or "")
    most: int | None = getattr(view, "most_upload", None)
    if most is None or request.mimetype == "application/x-www-form-urlencoded":
        return
    if has_right(view.needed_right):
        request.max_content_length = most


def _check_right() -> ResponseReturnValue | None:
    if request.endpoint is None or request.endpoint == "static":
        return None
    view = current_app.view_functions[request.endpoint]
    if not hasattr(view, "needed_right"):
        abort(403)
    right: Right | None = view.needed_right
    if right is None:
        return None
    if not current_user.is_authenticated:
        if request.path.startswith(("/api/", "/tiles/")) or is_check():
            abort(401)
        if request.method not in ("GET", "HEAD"):
            return redirect(url_for("auth.login"))
        return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))
    if not has_right(right):
        abort(403)
    return None


def _add_headers(response: Response) -> Response:
    nonce = csp_nonce()
    view = current_app.view_functions.get(request.endpoint or "")
    in_field = getattr(view, "uses_position", False)
    response.headers["Content-Security-Policy"] = "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            *(("manifest-src 'self'", "worker-src 'self'") if in_field else ("worker-src 'none'",)),
        )
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    position = "geolocation=(self)" if in_field else "geolocation=()"
    response.headers["Permissions-Policy"] = f"{position}, camera=(), microphone=()"
    if request.endpoint not in _KEPT_BY_BROWSERS:
        response.headers["Cache-Control"] = "no-store"
    return response
