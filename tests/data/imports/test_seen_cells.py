"""What a reader sees of the cells of a foreign table: by their column, else by their form."""

from __future__ import annotations

import pytest

from data.imports.columns import TableKind
from data.imports.seen_cells import SeenCells
from data.masks import EVERYTHING, SIGHTS, PersonField, Sights
from data.model import Role

OFFICER = Sights(SIGHTS[Role.OFFICER])
ASKED = Sights(SIGHTS[Role.OFFICER], frozenset({PersonField.ID_NUMBER, PersonField.PHONE}))
NUMBER, PHONE = "35000019900101123X", "13812345678"


@pytest.mark.parametrize(
    ("kind", "header", "text", "seen"),
    [
        ("cases", "证件号码", NUMBER, "350***********123X"),
        ("cases", "证件号码", "错号", "***********"),
        ("cases", "证件号码", "", ""),
        ("cases", "被执行人", "林示例", "林示例"),
        ("cases", "地址1", f"石井村12号，电话{PHONE}", "石井村12号，电话138****5678"),
        ("cases", "身份证号", NUMBER, "350***********123X"),
        ("cases", "身份证号", "３５００００１９９００１０１１２３Ｘ", "３５０***********１２３Ｘ"),
        ("cases", "备用", "138 1234 5678", "138****5678"),
        ("cases", "案号", "（2026）闽0599执123号", "（2026）闽0599执123号"),
        ("cases", "地址1经度", "118.612345678901", "118.612345678901"),
        ("cases", "分期履行", "2026-10-31已收2026-10-30、2026-11-30", None),
        ("property", "证件号码", NUMBER, "350***********123X"),
        ("liaisons", "电话", "0595-22345678", "059****5678"),
        ("liaisons", "网格代码", "350500000000001", "350500000000001"),
        ("stations", "值班电话", "0595-22345678", "0595-22345678"),
    ],
)
def test_numbers_are_masked_until_they_are_asked_for(
    kind: str, header: str, text: str, seen: str | None
) -> None:
    assert SeenCells(TableKind(kind), OFFICER).under(header, text) == (
        text if seen is None else seen
    )
    assert SeenCells(TableKind(kind), ASKED).under(header, text) == text
    assert SeenCells(TableKind(kind), EVERYTHING).under(header, text) == text


def test_who_may_not_read_persons_sees_masks_of_names_too() -> None:
    cells = SeenCells(TableKind.CASES, OFFICER.at_most_masked())
    assert cells.under("被执行人", "林示例") == "林**"
    assert cells.under("证件号码", NUMBER) == "350***********123X"
