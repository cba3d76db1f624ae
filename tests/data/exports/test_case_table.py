"""What is exported and imported again is what was there."""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.cases import case_id_of, claim_id_of, debtor_id_of, plain_key
from data.exports.case_table import CASE_FORMATS, write_cases
from data.imports import import_file
from data.imports.columns import CHOICES, TableKind, columns_of
from data.imports.readers import read_table
from data.store import Store
from geo.model import Point, Precision
from routes.free_text import cut_numbers, journey_in
from routes.model import (
    AddressClaim,
    Case,
    CaseKind,
    CaseNumber,
    CaseStatus,
    ClaimSource,
    Debtor,
    DebtorKind,
    Grade,
    Identifier,
    Instalment,
    Place,
    PlaceKind,
    SecretText,
    Situation,
)
from tests.data import samples
from tests.data.courts import CourtFolder
from tests.fakes import StandingClock

HOSTILE = (
    *("=1+1", "+86", "-5", "@SUM(A1)", "=cmd|'/C calc'!A0", '=HYPERLINK("http://x","y")', '="12"'),
    *("＝1+1", "＋86", "－5", "＠SUM(A1)", "'＝1"),
    *("'=1", "''+1", "'", "'甲", '"', '""', "a,b", "a;b", "a|b", "a\\b", "${x}", "{{7*7}}"),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "%s%n%x", "{0.__class__}"),
    *("%(name)s", "'; DROP TABLE debtor; --", "1 OR 1=1", "../../etc/passwd", "C:\\a\\b"),
    *("file:///etc/passwd", "_x000D_", "_x0041_", "&amp;", "&lt;", "]]>", "<!--", "\u202e甲"),
    *("𠮷示例", "مثال", "e\u0301", "NULL", "None", "true", "1e5", "0012", "#REF!", "#N/A"),
)
"""Texts that some program takes for more than a text; all come back as they were."""

_LETTERS = st.characters(
    exclude_categories=["Cc", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"],
    exclude_characters="\ufeff\u200b",
)
_TEXTS = (
    st.one_of(
        st.sampled_from(HOSTILE),
        st.tuples(st.sampled_from("=+-@'"), st.text(_LETTERS, max_size=8)).map("".join),
        st.text(_LETTERS, min_size=1, max_size=12),
    )
    .filter(lambda text: plain_key(text) != "" and text == text.strip())
    .filter(lambda text: "e+" not in text.lower() and not journey_in(text))
    .filter(lambda text: cut_numbers(text) == (text, 0))
)
_DAYS = st.dates(date(1901, 1, 1), date(2090, 1, 1))
_MAYBE = st.none() | _DAYS


def _codes(name: str, kind: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(sorted(CHOICES[name].values())).map(kind)


_ANSWERS = st.none() | st.booleans()


@st.composite
def courts(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """Draw case, debtor and claims as values, without identifiers."""
    found = []
    for seq in draw(st.lists(st.integers(1, 999_999), min_size=1, max_size=3, unique=True)):
        case = {
            "number": CaseNumber(2026, "闽0599", "执", seq),
            "kind": draw(_codes("case_kind", CaseKind)),
            "status": draw(_codes("case_status", CaseStatus)),
            "claim_yuan": draw(st.floats(0, 1e12, allow_subnormal=False)),
            "filed_on": draw(_DAYS),
            "basis_document": draw(st.none() | _TEXTS),
            "basis_served_on": draw(_MAYBE),
            "performance_due_on": draw(_MAYBE),
            "notice_sent_on": draw(_MAYBE),
            "grade": draw(_codes("grade", Grade)),
            "contact_logged_on": draw(_MAYBE),
            "paused_until": draw(_MAYBE),
            "major_matter": draw(_ANSWERS),
            "vulnerable": draw(st.none() | st.sets(st.sampled_from(["elderly", "ill"])).map(tuple)),
            "objection_pending": draw(_ANSWERS),
            "instalments": tuple(draw(st.lists(st.builds(Instalment, _DAYS, _MAYBE), max_size=2))),
        }
        names = draw(st.lists(_TEXTS, min_size=1, max_size=2, unique_by=plain_key))
        debtors = [
            {
                "kind": draw(_codes("debtor_kind", DebtorKind)),
                "name": SecretText(name),
                "identifiers": frozenset(
                    draw(st.sets(st.sampled_from(list(Identifier)), min_size=1))
                ),
                "needs_female_officer": draw(st.booleans()),
                "situation": draw(st.none() | _codes("situation", Situation)),
                "languages": frozenset(draw(st.sets(_codes("language", str), max_size=2))),
            }
            for name in names
        ]
        addresses = [
            [
                {
                    "text": SecretText(text),
                    "source": draw(_codes("claim_source", ClaimSource)),
                    "kind": draw(_codes("place_kind", PlaceKind)),
                    "seen_on": draw(_DAYS),
                    "basis": draw(st.none() | st.sampled_from(HOSTILE)),
                    "identifiers": frozenset(draw(st.sets(st.sampled_from(list(Identifier))))),
                    "expires_on": draw(_MAYBE),
                    "military_site": draw(st.booleans()),
                    "place": draw(
                        st.none()
                        | st.builds(
                            lambda lon, lat: Place(Point(lon, lat), Precision.POI, 0.95),
                            st.floats(118, 119),
                            st.floats(24, 25),
                        )
                    ),
                }
                for text in draw(st.lists(_TEXTS, max_size=3, unique_by=plain_key))
            ]
            for _ in debtors
        ]
        found.append((case, debtors, addresses))
    return found


def _put(store: Store, drawn: list[tuple[Any, ...]]) -> None:
    cases, debtors, claims = [], [], []
    for case, owners, addresses in drawn:
        case_id = case_id_of(store.cipher, case["number"])
        cases.append(Case(id=case_id, **case))
        for owner, texts in zip(owners, addresses, strict=True):
            debtor_id = debtor_id_of(store.cipher, case_id, owner["name"].reveal())
            debtors.append(Debtor(id=debtor_id, case_id=case_id, **owner))
            claims += [
                AddressClaim(
                    id=claim_id_of(store.cipher, debtor_id, one["text"].reveal()),
                    debtor_id=debtor_id,
                    **one,
                )
                for one in texts
            ]
    store.put(cases_=cases, debtors=debtors, claims=claims)


def _held(store: Store) -> list[Any]:
    """Return what a store holds, without its own identifiers."""
    names = {debtor.id: debtor for debtor in store.debtors()}
    numbers = {case.id: str(case.number) for case in store.cases()}
    return [
        sorted(repr(replace(case, id="")) for case in store.cases()),
        sorted(
            (numbers[one.case_id], one.name.reveal(), repr(replace(one, id="", case_id="")))
            for one in names.values()
        ),
        sorted(
            (
                names[one.debtor_id].name.reveal(),
                one.text.reveal(),
                str(one.basis),
                repr(replace(one, id="", debtor_id="")),
            )
            for one in store.claims()
        ),
    ]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(drawn=courts(), form=st.sampled_from(["csv", "xlsx"]))
def test_import_of_an_export_is_identity(
    empty_file: CourtFolder, clock: StandingClock, drawn: list[tuple[Any, ...]], form: str
) -> None:
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        for name in ("one", "two"):
            shutil.copytree(empty_file.folder, folder / name)
        path = folder / f"a.{form}"
        with (
            closing(Store.open(folder / "one", clock=clock)) as one,
            closing(Store.open(folder / "two", clock=clock)) as two,
        ):
            _put(one, drawn)
            write_cases(path, form, one.cases(), one.debtors(), one.claims())
            report = import_file(two, "cases", path)
            assert (report.corrected, report.quarantined) == (0, 0)
            assert _held(two) == _held(one)
            write_cases(path, form, two.cases(), two.debtors(), two.claims())
            again = import_file(two, "cases", path)
            assert again.unchanged == again.rows


@pytest.mark.parametrize("form", CASE_FORMATS)
@pytest.mark.parametrize("text", [*HOSTILE, "\t=1+1", "\r=1+1", "\n@x", "\n=1+1"])
def test_a_cell_that_begins_like_a_formula_is_read_as_it_was(
    tmp_path: Path, text: str, form: str
) -> None:
    path = tmp_path / f"a.{form}"
    place = samples.place()
    write_cases(
        path,
        form,
        [samples.case(basis_document=text)],
        [samples.debtor(name=SecretText(text))],
        [samples.claim(text=SecretText(text), place=place)],
    )
    table = read_table(path, known=[column.header for column in columns_of(TableKind.CASES)])
    (row,) = table.rows
    for header in ("被执行人", "执行依据文号", "地址1"):
        assert row.cells[table.header.index(header)] == text
    if form == "csv" and text[:1] and text[0] in "=+-@＝＋－＠\t\r\n":
        assert f"'{text[0]}" in path.read_bytes().decode()
    if form == "xlsx":
        page = openpyxl.load_workbook(path).active
        assert page is not None
        assert all(cell.data_type != "f" for line in page.iter_rows() for cell in line)


def test_places_are_points_and_come_back_as_stated_positions(store: Store, tmp_path: Path) -> None:
    claims = [samples.claim(place=samples.place(118.7))]
    debtors = [samples.debtor(id_number=None)]
    path = tmp_path / "a.gpkg"
    assert write_cases(path, "gpkg", [samples.case()], debtors, claims) == 1
    assert import_file(store, "cases", path).accepted == 1
    (claim,) = store.claims()
    assert claim.place is not None
    assert claim.place.point == Point(118.7, 24.9)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_hostile_texts_come_back_from_the_store(
    store: Store, tmp_path: Path, text: str, form: str
) -> None:
    columns = {"被执行人": text, "执行依据文号": text, "地址1": text, "地址1依据": text}
    if plain_key(text) in ("'", '"', '""'):
        columns["被执行人"] = f"甲{text}"
    row = samples.CASE_ROW | columns
    if form == "xlsx":
        from tests.data.imports.table_files import write_xlsx

        write_xlsx(tmp_path / "a.xlsx", [row])
    else:
        kept = re.compile(r"'*[=+\-@＝＋－＠]")  # a text file must say that it means a text
        guard = {key: f"'{value}" if kept.match(value) else value for key, value in row.items()}
        samples.write_csv(tmp_path / "a.csv", [guard])
    import_file(store, "cases", tmp_path / f"a.{form}")
    (case,), (debtor,), (claim,) = store.cases(), store.debtors(), store.claims()
    assert debtor.name.reveal() == row["被执行人"]
    assert case.basis_document == claim.text.reveal() == claim.basis == text
