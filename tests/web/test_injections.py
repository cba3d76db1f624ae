"""Texts that would act elsewhere stay texts: in every table and on every page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from data.imports import import_file
from data.imports.columns import TableKind
from data.model import Role
from routes.model import SupportKind, SupportState
from tests.web.conftest import Reader, SetClock, Waiting
from tests.web.court import ACTION, NOW, open_services
from tests.web.injections import KINDS, TEXTS, kept, marked, marks, plain
from tests.web.read_pages import read_all
from tests.web.soaked_court import Soaked, soak, soak_plan, text_columns
from web.services import Services, attach

_REFUSED_WHOLE = {
    (TableKind.CASES, "案号"),
    (TableKind.CASES, "证件号码"),
    (TableKind.STATIONS, "编号"),
    (TableKind.STATIONS, "值班电话"),
    (TableKind.CHECKPOINTS, "编号"),
    (TableKind.CHECKPOINTS, "勤务案号"),
    (TableKind.TEAMS, "编号"),
    (TableKind.DUTIES, "编号"),
    (TableKind.DUTIES, "案号"),
    (TableKind.DUTIES, "小组"),
    (TableKind.LIAISONS, "编号"),
    (TableKind.OUTCOMES, "案号"),
    (TableKind.OUTCOMES, "地址编号"),
    (TableKind.LEADS, "案号"),
    (TableKind.PROPERTY, "证件号码"),
    (TableKind.PROPERTY, "案号"),
}
"""Columns of numbers and identifiers, whose form leaves no room for a text."""


@pytest.fixture(scope="module")
def soaked(
    filled: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Services, Soaked]]:
    folder = tmp_path_factory.mktemp("soaked")
    shutil.copytree(filled, folder / "data")
    services = replace(
        open_services(folder / "data", SetClock()),
        queue=Waiting(),
        uploads_dir=folder / "uploads",
        packs_dir=folder / "packs",
    )
    (folder / "uploads").mkdir()
    found = soak(services.store, folder)
    bad = folder / "bad.csv"
    bad.write_text(
        "编号,派出所名称,经度,纬度\n"
        + "".join(f"P {n},{marked('<b>', 'Q', n)},1,2\n" for n in range(30)),
        "utf-8",
    )
    import_file(services.store, TableKind.STATIONS, bad, quarantine=True)
    soak_plan(services.store)
    store, expires = services.store, NOW.replace(month=12)
    store.release(ACTION, by="test")
    store.shares.create(ACTION, "PS-1", expires, "test")
    store.support_requests.create(
        ACTION,
        "PS-1",
        SupportKind.ESCORT,
        "v0",
        NOW + timedelta(hours=2),
        expires,
        "test",
        document=marked("<img src=x onerror=alert(1)>", "R", 1),
        state=SupportState.SENT,
    )
    yield services, found
    store.close()


@pytest.fixture
def app(pages: Flask, soaked: tuple[Services, Soaked]) -> Flask:
    attach(pages, soaked[0])
    return pages


def test_each_text_is_taken_as_typed_or_refused_with_its_place(
    soaked: tuple[Services, Soaked],
) -> None:
    _services, found = soaked
    for kind in TableKind:
        for column in text_columns(kind):
            place = kind, column.header
            assert (found.taken[place] == 0) == (place in _REFUSED_WHOLE), place
            assert found.taken[place] in (0, len(TEXTS)), place
    for message in found.said:
        facts = dict(message.facts)
        assert {"row", "column", "what"} <= set(facts)
        assert not marks(message.render())
    assert len(TEXTS) >= 300


def test_what_was_taken_is_kept_as_it_was_typed(soaked: tuple[Services, Soaked]) -> None:
    services, _found = soaked
    store = services.store
    debtors = [one for one in store.debtors() if one.name.reveal().count("§") == 2]
    stations = [one.name for one in store.stations() if "§" in one.name]
    typed = {kept(text) for text in TEXTS}
    for held in ([one.name.reveal() for one in debtors], stations):
        assert len({plain(one) for one in held}) == len(held) >= len(TEXTS) - 10
        assert {plain(one.split("§")[0]) for one in held} <= typed


@pytest.mark.parametrize("role", list(Role))
def test_every_page_shows_them_as_texts(
    role: Role, app: Flask, soaked: tuple[Services, Soaked]
) -> None:
    _services, found = soaked
    reader = Reader(app.test_client())
    reader.sign_in(role)
    seen = read_all(app, reader, found.values)
    assert seen.wrong == []
    if role is Role.COMMANDER:
        fields = {mark.split("-")[0] for mark in seen.shown}
        assert len(fields) >= 12, fields
        for code in "ND":  # names and addresses of the doors of the plan
            own = {
                mark for mark in seen.shown if mark[1:].startswith(tuple(code + k for k in KINDS))
            }
            assert len(own) == len(TEXTS), code
