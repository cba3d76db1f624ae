"""Whom to call in a village: no name with the map, telephones when asked, each reading audited."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from shapely import Point as Dot

from data.model import Role
from geo.model import Area, AreaKind
from routes.model import Liaison, SecretText
from tests.web.conftest import Reader
from web.services import Services

SignIn = Callable[[Role | str], Reader]
NAME, PHONE = "苏春妹", "13850001234"


@pytest.fixture
def grid(court: Services) -> Area:
    assert court.areas is not None
    found = court.areas.areas(AreaKind.GRID)[0]
    code = found.code
    court.store.put(
        liaisons=[
            Liaison("gl1", code, SecretText(NAME), SecretText(PHONE)),
            Liaison("gl2", code, SecretText("林阿土")),
        ]
    )
    return found


def path(grid: Area) -> str:
    return f"/api/liaisons/{grid.code}"


def asked(reader: Reader, grid: Area) -> int:
    headers = {"X-CSRFToken": reader.token}
    return reader.client.post(f"{path(grid)}/show", json={}, headers=headers).status_code


def acts(court: Services, act: str) -> list[str]:
    return [entry.subject for entry in court.store.audit.entries(60) if entry.act == act]


def test_the_map_marks_grids_and_names_nobody(grid: Area, signed_in: SignIn) -> None:
    answer = signed_in(Role.OFFICER).get("/api/overview/areas")
    assert answer.json is not None
    (mark,) = answer.json["liaisons"]
    assert (mark["code"], mark["name"]) == (grid.code, grid.name)
    assert grid.geometry.contains(Dot(mark["lon"], mark["lat"]))
    assert NAME not in answer.text
    assert PHONE not in answer.text


def test_a_telephone_is_masked_until_it_is_asked_for(
    grid: Area, signed_in: SignIn, court: Services
) -> None:
    officer = signed_in(Role.OFFICER)
    told = officer.get(path(grid)).json
    assert told == {
        "liaisons": [
            {"id": "gl1", "name": NAME, "phone": "138****1234", "dial": None},
            {"id": "gl2", "name": "林阿土", "phone": None, "dial": None},
        ]
    }
    headers = {"X-CSRFToken": officer.token}
    full = officer.client.post(f"{path(grid)}/show", json={}, headers=headers).json
    assert full is not None
    assert full["liaisons"][0]["phone"] == PHONE
    assert full["liaisons"][0]["dial"] == f"tel:{PHONE}"
    assert acts(court, "liaison.read") == acts(court, "liaison.show")
    assert sorted(acts(court, "liaison.show")) == ["liaison:gl1", "liaison:gl2"]


@pytest.mark.parametrize("role", [Role.POLICE_LIAISON, Role.GRID_LIAISON, Role.ADMIN])
def test_others_are_told_nothing(grid: Area, signed_in: SignIn, role: Role) -> None:
    reader = signed_in(role)
    assert reader.get(path(grid)).status_code == 403
    assert asked(reader, grid) == 403


def test_a_grid_without_a_liaison_is_not_found(grid: Area, signed_in: SignIn) -> None:
    assert signed_in(Role.OFFICER).get("/api/liaisons/nowhere").status_code == 404
