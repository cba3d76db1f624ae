"""What is written as a table comes back from the store, whatever it holds."""

from __future__ import annotations

import tempfile
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.cases import plain_key
from data.imports import import_file
from data.imports.columns import CHOICES
from data.store import Store
from routes.model import CaseNumber
from tests.data.courts import CourtFolder, copied
from tests.data.samples import CASE_ROW, write_csv, write_xlsx
from tests.fakes import StandingClock

_LETTERS = st.characters(
    codec="gb18030", exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"]
)
_TEXTS = (
    st.text(_LETTERS, min_size=1, max_size=20)
    .filter(lambda text: not text.startswith("=") and plain_key(text) != "")
    .filter(lambda text: "e+" not in text.lower())
)
_DAYS = st.dates(date(1950, 1, 1), date(2090, 1, 1))
_NO_ADDRESS = {key: value for key, value in CASE_ROW.items() if not key.startswith("地址")}
_SOURCES = st.sampled_from(sorted(CHOICES["claim_source"]))


@st.composite
def case_rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    numbers = draw(st.lists(st.integers(1, 99999), min_size=1, max_size=4, unique=True))
    rows = []
    for number in numbers:
        texts = draw(st.lists(_TEXTS, max_size=3, unique_by=plain_key))
        row: dict[str, Any] = _NO_ADDRESS | {
            "案号": f"（2026）闽0599执{number}号",
            "案由": draw(st.sampled_from(sorted(CHOICES["case_kind"]))),
            "执行标的额": draw(st.integers(0, 10**9)) / 100,
            "立案日期": draw(_DAYS),
            "被执行人": draw(_TEXTS),
            "执行依据文号": draw(st.one_of(st.just(""), _TEXTS)),
            "重大事项": draw(st.sampled_from(["是", "否", ""])),
        }
        for n, text in enumerate(texts, start=1):
            row |= {f"地址{n}": text, f"地址{n}来源": draw(_SOURCES), f"地址{n}日期": draw(_DAYS)}
            row |= {f"地址{n}依据": "", f"地址{n}核对标识": ""}
        rows.append(row)
    return rows


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(rows=case_rows(), form=st.sampled_from(["xlsx", "utf-8-sig", "gb18030"]))
def test_a_written_table_is_read_back(
    empty_court: CourtFolder, clock: StandingClock, rows: list[dict[str, Any]], form: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:  # of its own: what others stored may be newer
        at = Path(folder) / "court"
        with copied(empty_court, at) as court, closing(court.open(clock)) as store:
            _check_round_trip(store, Path(folder), rows, form)


def _check_round_trip(store: Store, folder: Path, rows: list[dict[str, Any]], form: str) -> None:
    path = folder / ("a.xlsx" if form == "xlsx" else "a.csv")
    if form == "xlsx":
        write_xlsx(path, rows)
    else:
        write_csv(path, [{k: str(v) for k, v in row.items()} for row in rows], form)
    import_file(store, "cases", path)
    for row in rows:
        number = CaseNumber.parse(row["案号"])
        case = next(one for one in store.cases() if one.number == number)
        assert case.kind == CHOICES["case_kind"][row["案由"]]
        assert (case.claim_yuan, case.filed_on) == (row["执行标的额"], row["立案日期"])
        assert (case.basis_document or "") == row["执行依据文号"]
        assert case.major_matter == {"是": True, "否": False, "": None}[row["重大事项"]]
        debtors = store.debtors(case.id)
        owner = next(d for d in debtors if plain_key(d.name.reveal()) == plain_key(row["被执行人"]))
        stored = {
            claim.text.reveal(): (claim.source, claim.seen_on)
            for claim in store.claims(case.id)
            if claim.debtor_id == owner.id
        }
        for n in range(1, 4):
            if row.get(f"地址{n}"):
                expected = CHOICES["claim_source"][row[f"地址{n}来源"]], row[f"地址{n}日期"]
                assert stored[row[f"地址{n}"]] == expected
    again = import_file(store, "cases", path)
    assert (again.accepted, again.corrected, again.unchanged) == (0, 0, len(rows))
