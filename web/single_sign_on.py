"""Signing in by the court's own service (OpenID Connect), where ``DATA_DIR/sso.toml`` names it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, current_app
from flask.typing import ResponseReturnValue

from web.errors import SettingsError, WebError
from web.settings_file import read_secret_table

if TYPE_CHECKING:
    from authlib.integrations.flask_client.apps import FlaskOAuth2App  # half a second to import

__all__ = [
    "SignedIn",
    "SingleSignOn",
    "install_single_sign_on",
    "label",
    "lead_away",
    "read_single_sign_on",
    "welcome_back",
]

_GUIDE = "docs/accounts.md"
_KEY = "fieldwrit-single-sign-on"
_TIMEOUT_S = 10.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, repr=False)
class SingleSignOn:
    """How the service is reached. It shows nothing of itself: it holds a secret.

    Parameters
    ----------
    label
        What the button says.
    issuer
        Address of the service, ``https`` but for this machine.
    address
        Of Fieldwrit's own pages, as browsers see it.
    username_claim
        Claim of the service that holds Fieldwrit's user name.
    """

    label: str
    issuer: str
    client_id: str
    client_secret: str
    address: str
    username_claim: str = "preferred_username"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whom the service signed in."""

    issuer: str
    subject: str
    username: str


def read_single_sign_on(path: Path) -> SingleSignOn | None:
    """Return the settings; None where there is no file.

    Raises
    ------
    SettingsError
        If the file is open to others, or a value is missing or no lawful address.
    """
    table = read_secret_table(path, guide=_GUIDE)
    if table is None:
        return None
    names = ("label", "issuer", "client_id", "client_secret", "address")
    table.only(*names, "username_claim")
    texts = {name: table.value(name, str, required=True).strip() for name in names}
    for name in ("issuer", "address"):
        texts[name] = texts[name].rstrip("/")
        parts = urlsplit(texts[name])
        if not parts.hostname or not (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        ):
            raise SettingsError(
                "配置文件 %(file)s 的 %(field)s 须是 https 地址", file=path.name, field=name
            )
    claim = table.value("username_claim", str, default="preferred_username").strip()
    return SingleSignOn(**texts, username_claim=claim)


def install_single_sign_on(app: Flask, settings: SingleSignOn | None) -> None:
    """Let ``app`` send people to the service; without settings there is none."""
    if settings is None:
        return
    from authlib.integrations.flask_client import OAuth

    oauth = OAuth(app)
    client = oauth.register(
        "sso",
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile",
            "code_challenge_method": "S256",
            "default_timeout": _TIMEOUT_S,
        },
    )
    app.extensions[_KEY] = settings, client


def label() -> str | None:
    """Return what the button says; None where there is no service."""
    found = current_app.extensions.get(_KEY)
    return None if found is None else found[0].label


def lead_away(back: str) -> ResponseReturnValue:
    """Send the browser to the service, which sends it to the path ``back``.

    Raises
    ------
    WebError
        If there is no service, or it cannot be reached.
    """
    from authlib.integrations.base_client import OAuthError
    from requests import RequestException

    settings, client = _service()
    try:
        answer: ResponseReturnValue = client.authorize_redirect(f"{settings.address}{back}")
    except (OAuthError, RequestException, ValueError, RuntimeError) as error:
        raise _away() from error
    return answer


def welcome_back() -> SignedIn:
    """Return whom the service signed in; its answer is checked against this session's question.

    Raises
    ------
    WebError
        If the answer is none to this session, or does not hold.
    """
    from authlib.integrations.base_client import OAuthError
    from joserfc.errors import JoseError
    from requests import RequestException

    settings, client = _service()
    try:
        claims = client.authorize_access_token()["userinfo"]
        subject, username = claims["sub"], claims[settings.username_claim]
    except RequestException as error:
        raise _away() from error
    except (OAuthError, JoseError, KeyError, ValueError, RuntimeError) as error:
        raise WebError("单点登录未通过核验；请重新登录，仍不行请告知管理员") from error
    return SignedIn(settings.issuer, str(subject), str(username))


def _service() -> tuple[SingleSignOn, FlaskOAuth2App]:
    found = current_app.extensions.get(_KEY)
    if found is None:
        raise WebError("没有设置单点登录")
    settings, client = found
    return settings, client


def _away() -> WebError:
    return WebError("单点登录服务无法连接；请稍后再试，或用密码登录")
