"""The notice of the demonstration is one that the importer takes, whatever the year."""

from __future__ import annotations

from datetime import date

import pytest

from data.demo.fieldtables import calendar_rows
from routes.calendar import is_statutory


@pytest.mark.parametrize("year", range(2025, 2036))
def test_no_statutory_holiday_is_made_anything_else(year: int) -> None:
    rows = list(calendar_rows(date(year, 11, 28)))
    assert {row["day"] for row in rows if row["kind"] == "法定节假日"} == {
        row["day"] for row in rows if is_statutory(row["day"])
    }
    assert all(bool(row["name"]) is (row["kind"] == "法定节假日") for row in rows)
