"""Telephone numbers of offices, as tables hold them."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import ImportRefusedError
from data.imports import import_file
from data.store import Store
from data.telephones import plain_telephone
from tests.data.samples import GOOD_ROWS, write_csv


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("0595-22345678", "0595 2234 5678"),
        ("（0595）２２３４５６７８", "0595 2234 5678"),
        ("+86 595 2234 5678", "0595 2234 5678"),
        ("0595-00000101", "0595 0000 0101"),
        ("110", "110"),
        ("12368", "12368"),
        ("22345", None),
        ("2234567", None),
        ("059522", None),
        ("+44 20 7946 0000", None),
        ("0595-22345678转12", None),
        ("值班室", None),
        ("<b>110</b>", None),
        ("值班室0595-22345678", None),
        ("", None),
    ],
)
def test_what_can_be_dialled_is_kept_in_groups(text: str, plain: str | None) -> None:
    assert plain_telephone(text) == plain


def test_a_stations_number_is_kept_and_a_wrong_one_is_told_with_its_cell(
    store: Store, tmp_path: Path
) -> None:
    row = GOOD_ROWS["stations"] | {"值班电话": "0595-00000101"}
    import_file(store, "stations", write_csv(tmp_path / "a.csv", [row]))
    (station,) = store.stations()
    assert station.phone == "0595 0000 0101"
    assert "0101" not in repr(station)
    import_file(store, "stations", write_csv(tmp_path / "b.csv", [GOOD_ROWS["stations"]]))
    assert store.stations()[0].phone is None
    wrong = write_csv(tmp_path / "c.csv", [row | {"值班电话": "问所长"}])
    with pytest.raises(ImportRefusedError, match="值班电话"):
        import_file(store, "stations", wrong)
