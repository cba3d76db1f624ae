"""Signing in by the court's own service, against a real one on this machine."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.web.conftest import KEY, Reader
from tests.web.sso_server import CLIENT, SECRET, Behaviour, sso_server
from web.app import create_app
from web.errors import SettingsError
from web.services import Services
from web.single_sign_on import SingleSignOn, read_single_sign_on

ADDRESS = "http://localhost"


@pytest.fixture
def provider() -> Iterator[tuple[str, Behaviour]]:
    with sso_server() as running:
        yield running


def _reader(court: Services, issuer: str) -> Reader:
    officer = court.store.accounts.named("officer")
    assert officer is not None
    court.store.accounts.open_to_service(officer.id, by="u-admin")
    settings = SingleSignOn("用法院统一认证登录", issuer, CLIENT, SECRET, ADDRESS)
    return Reader(create_app(replace(court, single_sign_on=settings), secret_key=KEY).test_client())


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


def _through(reader: Reader, path: str = "/login/service") -> tuple[int, str]:
    """Follow a browser's way to the service and back; return status and page or target."""
    away = reader.get(path)
    assert away.status_code == 302
    answer = reader.get(_way_back(away.location))
    return answer.status_code, answer.location or answer.text


def _way_back(address: str) -> str:
    """Return the path to which the service leads a browser back."""
    try:
        urllib.request.build_opener(_Stay).open(address)
        raise AssertionError("the service did not lead back")
    except urllib.error.HTTPError as error:
        back = urlsplit(error.headers["Location"])
    assert f"{back.scheme}://{back.netloc}" == ADDRESS
    return f"{back.path}?{back.query}"


def test_the_service_signs_an_account_in(court: Services, provider: tuple[str, Behaviour]) -> None:
    issuer, behaviour = provider
    reader = _reader(court, issuer)
    assert "用法院统一认证登录" in reader.get("/login").text
    status, target = _through(reader, "/login/service?next=/cases")
    assert (status, target) == (302, "/cases")
    assert reader.get("/cases").status_code == 200
    assert behaviour.asked["code_challenge_method"] == "S256"
    assert "login" in [entry.act for entry in court.store.audit.entries(5)]


def test_who_has_no_account_is_told_so(court: Services, provider: tuple[str, Behaviour]) -> None:
    issuer, behaviour = provider
    behaviour.username = "somebody-else"
    reader = _reader(court, issuer)
    status, page = _through(reader)
    assert status == 403
    assert "没有与您对应的可用账户" in page
    assert "somebody-else" not in page
    assert reader.get("/cases").status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"audience": "another-client"},
        {"lasts_s": -600},
        {"own_key": False},
        {"nonce": "of-another-session"},
        {"refused": True},
    ],
)
def test_an_answer_that_does_not_hold_signs_nobody_in(
    court: Services, provider: tuple[str, Behaviour], wrong: dict[str, object]
) -> None:
    issuer, behaviour = provider
    for name, value in wrong.items():
        setattr(behaviour, name, value)
    reader = _reader(court, issuer)
    status, page = _through(reader)
    assert status == 401
    assert "未通过核验" in page
    assert reader.get("/cases").status_code == 302
    assert court.store.audit.entries(1)[0].act == "account.service_on"  # who asks writes nothing


def test_an_answer_to_another_browser_is_refused(
    court: Services, provider: tuple[str, Behaviour]
) -> None:
    issuer, _ = provider
    reader = _reader(court, issuer)
    answer = reader.get("/login/service/back?code=code-0&state=made-up")
    assert answer.status_code == 401


def test_an_answer_that_is_sent_again_signs_nobody_in(
    court: Services, provider: tuple[str, Behaviour]
) -> None:
    """Neither from the same browser's history nor with the cookie from before, copied."""
    reader = _reader(court, provider[0])
    away = reader.get("/login/service").location
    copied, back = reader.client.get_cookie("fieldwrit"), _way_back(away)
    assert copied is not None
    assert reader.get(back).status_code == 302
    reader.get("/account")
    assert reader.post("/logout").status_code == 302
    assert reader.get(back).status_code == 401
    thief = Reader(reader.client.application.test_client())
    thief.client.set_cookie("fieldwrit", copied.value)
    assert thief.get(back).status_code == 401
    assert thief.get("/cases").status_code == 302


def test_a_service_out_of_reach_leaves_the_password(court: Services) -> None:
    reader = _reader(court, "http://127.0.0.1:9")
    answer = reader.get("/login/service")
    assert answer.status_code == 400
    assert "无法连接" in answer.text
    assert reader.sign_in("officer").status_code == 302


def test_without_settings_there_is_no_service(reader: Reader) -> None:
    assert "/login/service" not in reader.get("/login").text
    assert reader.get("/login/service").status_code == 404
    assert reader.get("/login/service/back").status_code == 404


_GOOD = """
label = "统一认证"
issuer = "https://sso.example/realms/court/"
client_id = "fieldwrit"
client_secret = "s"
address = "https://fieldwrit.example"
"""


def _file(tmp_path: Path, text: str, mode: int = 0o600) -> Path:
    path = tmp_path / "sso.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_settings_are_read(tmp_path: Path) -> None:
    assert read_single_sign_on(tmp_path / "sso.toml") is None
    found = read_single_sign_on(_file(tmp_path, _GOOD + 'username_claim = "upn"\n'))
    assert found is not None
    assert (found.issuer, found.username_claim) == ("https://sso.example/realms/court", "upn")
    assert "client_secret" not in repr(found)


@pytest.mark.parametrize(
    ("text", "mode", "told"),
    [
        (_GOOD, 0o644, "600"),
        (_GOOD.replace('client_secret = "s"', ""), 0o600, "client_secret"),
        (_GOOD.replace("https://sso", "http://sso"), 0o600, "issuer"),
        (_GOOD.replace("https://fieldwrit", "ftp://fieldwrit"), 0o600, "address"),
        (_GOOD + "extra = 1\n", 0o600, "不认识"),
        ("label = ", 0o600, "TOML"),
    ],
)
def test_unfit_settings_are_refused(tmp_path: Path, text: str, mode: int, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as error:
        read_single_sign_on(_file(tmp_path, text, mode))
    assert '"s"' not in str(error.value)
