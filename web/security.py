"""Who may do what, and the headers that keep foreign content out.

``RIGHTS`` is the one table of roles and rights. Each view names the right that it needs with
:func:`needs` or says that it is :func:`public`; a view that does neither is refused.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf import CSRFProtect

from data.model import Account, Role
from web.services import services

__all__ = [
    "RIGHTS",
    "LoginLimiter",
    "Right",
    "User",
    "account",
    "csp_nonce",
    "has_right",
    "home_endpoint",
    "install_security",
    "login_limiter",
    "needs",
    "public",
]


class Right(StrEnum):
    """One thing that a role may do."""

    MAP_READ = "map.read"  # overview map: points, codes, no names
    CASE_READ = "case.read"  # case page
    CASE_EXPORT = "case.export"  # all cases with names and addresses, as a table
    PERSON_READ = "person.read"  # names and addresses; each reading is audited
    NAMESAKE_WRITE = "namesake.write"  # whether a record is the debtor's; a person decides
    RESTRICTION_WRITE = "restriction.write"  # orders, exemptions, lists, breaches, alerts
    PLAN_READ = "plan.read"
    PLAN_RELEASE = "plan.release"
    SHARE_WRITE = "share.write"
    PARTNER_READ = "partner.read"  # the own station's stops, nothing else
    SUPPORT_ANSWER = "support.answer"
    GRID_READ = "grid.read"
    AUDIT_READ = "audit.read"
    PROTECTION_WRITE = "protection.write"  # the register of data protection
    BASEMAP_READ = "basemap.read"  # roads and names, no case data
    NETWORK_READ = "network.read"  # closures, reach; a partner's own station and territory only
    CLOSURE_WRITE = "closure.write"
    MEASURE_WRITE = "measure.write"  # steps of enforcement: planned, decided, put on record
    SPEEDS_WRITE = "speeds.write"  # which correction of travel times is in use


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OFFICER: frozenset(
        {
            Right.MAP_READ,
            Right.CASE_READ,
            Right.PERSON_READ,
            Right.MEASURE_WRITE,
            Right.NAMESAKE_WRITE,
            Right.RESTRICTION_WRITE,
            Right.PLAN_READ,
            Right.BASEMAP_READ,
            Right.NETWORK_READ,
        }
    ),
    Role.COMMANDER: frozenset(
        {
            Right.MAP_READ,
            Right.CASE_READ,
            Right.CASE_EXPORT,
            Right.PERSON_READ,
            Right.MEASURE_WRITE,
            Right.NAMESAKE_WRITE,
            Right.RESTRICTION_WRITE,
            Right.PLAN_READ,
            Right.PLAN_RELEASE,
            Right.SHARE_WRITE,
            Right.BASEMAP_READ,
            Right.NETWORK_READ,
            Right.CLOSURE_WRITE,
            Right.SPEEDS_WRITE,
        }
    ),
    Role.POLICE_LIAISON: frozenset(
        {Right.PARTNER_READ, Right.SUPPORT_ANSWER, Right.BASEMAP_READ, Right.NETWORK_READ}
    ),
    Role.GRID_LIAISON: frozenset({Right.GRID_READ, Right.BASEMAP_READ}),
    Role.AUDITOR: frozenset({Right.AUDIT_READ, Right.PROTECTION_WRITE}),
    Role.ADMIN: frozenset(
        {
            Right.AUDIT_READ,
            Right.PROTECTION_WRITE,
            Right.BASEMAP_READ,
            Right.NETWORK_READ,
            Right.SPEEDS_WRITE,
        }
    ),
}

_HOMES: tuple[tuple[Right, str], ...] = (
    (Right.MAP_READ, "overview.page"),
    (Right.PARTNER_READ, "partner.page"),
    (Right.GRID_READ, "partner.grid_page"),
    (Right.AUDIT_READ, "audit.page"),
)

_LIMITER = "fieldwrit-login-limiter"
_View = TypeVar("_View", bound=Callable[..., Any])


class User(UserMixin):  # type: ignore[misc]
    """The signed-in account, as flask-login wants it."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        return str(self.account.id)


def needs(right: Right) -> Callable[[_View], _View]:
    """Mark a view with the right that it asks for."""

    def mark(view: _View) -> _View:
        view.needed_right = right  # type: ignore[attr-defined]
        return view

    return mark


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
    return current_user.is_authenticated and right in RIGHTS[current_user.account.role]


def home_endpoint() -> str:
    """Return the first page that the signed-in account may see."""
    return next(endpoint for right, endpoint in _HOMES if has_right(right))


def csp_nonce() -> str:
    """Return this request's nonce; only scripts that carry it run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    nonce: str = g.csp_nonce
    return nonce


@dataclass(slots=True)
class LoginLimiter:
    """Slows down guessing: so many failures a user name or address within a window.

    It lives in one process and forgets at restart; see docs/decisions/0042.
    """

    limit: int = 8
    window: timedelta = timedelta(minutes=10)
    _failures: dict[str, deque[datetime]] = field(default_factory=dict)

    def allows(self, key: str, *, now: datetime) -> bool:
        """Whether another try is allowed for this key."""
        failures = self._failures.get(key)
        if failures is None:
            return True
        while failures and now - failures[0] > self.window:
            failures.popleft()
        if not failures:
            del self._failures[key]
        return len(failures) < self.limit

    def failed(self, key: str, *, now: datetime) -> None:
        """Count one failure."""
        self._failures.setdefault(key, deque(maxlen=self.limit)).append(now)

    def passed(self, key: str) -> None:
        """Forget the failures of a key that signed in."""
        self._failures.pop(key, None)


def install_security(app: Flask, *, secure_cookies: bool) -> None:
    """Add sessions, CSRF protection, the rights check and the headers to ``app``."""
    app.config.update(
        SESSION_COOKIE_NAME="fieldwrit",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=10),
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=1024 * 1024,
    )
    CSRFProtect(app)
    manager = LoginManager(app)
    manager.session_protection = "strong"
    manager.user_loader(_load_user)
    app.extensions[_LIMITER] = LoginLimiter()
    app.before_request(_check_right)
    app.after_request(_add_headers)


def login_limiter() -> LoginLimiter:
    """Return the running application's limiter."""
    limiter: LoginLimiter = current_app.extensions[_LIMITER]
    return limiter


def _load_user(account_id: str) -> User | None:
    found = services().store.accounts.get(account_id)
    return User(found) if found is not None else None


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
        if request.path.startswith(("/api/", "/tiles/")):
            abort(401)
        return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))
    if not has_right(right):
        abort(403)
    return None


def _add_headers(response: Response) -> Response:
    nonce = csp_nonce()
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
        )
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "geolocation=(), camera=(), microphone=()"
    if request.endpoint not in ("static", "tiles.tile", "network.tile"):
        response.headers["Cache-Control"] = "no-store"
    return response
