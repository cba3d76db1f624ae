"""Help of each role: whole, fitting the pages, with pictures; the tour is shown once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from data.model import Role
from data.rights import RIGHTS
from tests.help_pictures import FOLDER
from tests.web.conftest import Reader
from tests.web.court import PASSWORD
from web.app import _NAVIGATION
from web.config import LANGUAGES
from web.help_pages import TOURS
from web.help_texts import GUIDES, TOPICS
from web.services import Services

SignIn = Callable[[Role | str], Reader]
_MOST_BYTES = 1_500_000
_TOUR = 'id="tour"'


@pytest.mark.parametrize("role", Role)
def test_every_page_of_a_role_s_menu_is_explained(role: Role) -> None:
    explained = {TOPICS[key].endpoint for key in GUIDES[role].topics}
    menu = {endpoint for endpoint, right, _ in _NAVIGATION if right in RIGHTS[role]}
    others = {"overview.page", "cases.index"}  # the roles' main paths hold no more than they need
    assert explained <= menu
    assert explained, role
    if role in (Role.POLICE_LIAISON, Role.GRID_LIAISON, Role.AUDITOR, Role.ADMIN):
        assert menu - explained - others == set()


def test_every_topic_is_in_a_guide_and_every_page_of_the_menu_in_one() -> None:
    used = {key for guide in GUIDES.values() for key in guide.topics} | {"own_account"}
    assert used == set(TOPICS)
    explained = {topic.endpoint for topic in TOPICS.values()}
    assert {endpoint for endpoint, _, _ in _NAVIGATION} <= explained


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_topic_has_its_picture_and_all_are_small(language: str) -> None:
    held = {path.stem for path in (FOLDER / language).iterdir()}
    assert held == set(TOPICS)
    for key, topic in TOPICS.items():
        with Image.open(FOLDER / language / f"{key}.webp") as picture:
            assert picture.size == ((390, 700) if topic.narrow else (1200, 750)), key
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < _MOST_BYTES


@pytest.mark.parametrize("role", Role)
def test_help_leads_to_the_own_guide(role: Role, signed_in: SignIn) -> None:
    reader = signed_in(role)
    page = reader.get("/help", follow_redirects=True)
    assert page.status_code == 200
    for key in GUIDES[role].topics:
        assert f'id="{key}"' in page.text
        assert f"img/help/zh/{key}.webp" in page.text
    reader.post("/language", language="en", next="/help")
    english = reader.get(f"/help/{role.value}").text
    assert "Take the tour again" in english
    assert "img/help/en/" in english


@pytest.mark.parametrize("role", [Role.POLICE_LIAISON, Role.GRID_LIAISON])
def test_partners_read_their_own_guide_only(role: Role, signed_in: SignIn) -> None:
    reader = signed_in(role)
    for other in Role:
        assert reader.get(f"/help/{other.value}").status_code == (200 if other is role else 404)
    assert reader.get("/help/nobody").status_code == 404


def test_pages_link_to_their_section(signed_in: SignIn) -> None:
    officer = signed_in(Role.OFFICER)
    for path, wanted in {
        "/overview": "/help/officer#overview",
        "/cases/c001": "/help/officer#cases",
        "/field/": "/help/officer#field",
        "/account": "/help/officer#own_account",
        "/live": "/help/officer",  # in the commander's guide
    }.items():
        page = officer.get(path, follow_redirects=True)
        assert f'href="{wanted}"' in page.text, path
    assert 'href="/help/grid_liaison#grid"' in signed_in(Role.GRID_LIAISON).get("/grid").text
    assert (
        'href="/help/police_liaison#partner"' in signed_in(Role.POLICE_LIAISON).get("/partner").text
    )


def test_a_tour_is_short_and_each_role_has_one() -> None:
    assert set(TOURS) == set(Role)
    assert all(4 <= len(steps) <= 6 for steps in TOURS.values())


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR, Role.ADMIN])
def test_the_tour_comes_with_the_first_page_once(role: Role, app: Flask, court: Services) -> None:
    court.store.accounts.create("newcomer", PASSWORD, role, "新同事")
    reader = Reader(app.test_client())
    reader.sign_in("newcomer")
    home = reader.get("/", follow_redirects=True)
    assert _TOUR in home.text
    assert _TOUR not in reader.get("/account").text
    assert _TOUR in reader.get("/", follow_redirects=True).text  # looked away, not ended
    assert reader.post("/help/tour/seen").json == {}
    assert _TOUR not in reader.get("/", follow_redirects=True).text
    elsewhere = Reader(app.test_client())  # another browser of the same account
    elsewhere.sign_in("newcomer")
    assert _TOUR not in elsewhere.get("/", follow_redirects=True).text
    page = elsewhere.send("/help/tour")
    assert _TOUR in page


def test_a_stranger_has_no_help(reader: Reader) -> None:
    assert reader.get("/help").status_code == 302
    assert _TOUR not in reader.get("/login").text
    assert "help-link" not in reader.get("/login").text


def test_the_pictures_are_package_data() -> None:
    declared = (Path(__file__).parents[2] / "setup.cfg").read_text(encoding="utf-8")
    assert "static/**/*" in declared
