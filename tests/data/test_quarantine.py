"""What is kept of a row that waits."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import update

from data.imports import import_file
from data.schema import QuarantinedRowRow
from data.store import Store
from data.upsert import table_of
from geo.messages import Message
from tests.data.courts import CourtFolder
from tests.data.samples import write_csv, write_xlsx

_TABLE = "编号,派出所名称,经度,纬度\nPS09,坏派出所,不是数,24.9\n"


def _waiting(store: Store, tmp_path: Path) -> tuple[Message, ...]:
    path = tmp_path / "stations.csv"
    path.write_text(_TABLE, encoding="utf-8")
    import_file(store, "stations", path, quarantine=True)
    return store.quarantined_rows()[0].problems


def test_problems_are_kept_as_messages_with_their_facts(store: Store, tmp_path: Path) -> None:
    (problem,) = _waiting(store, tmp_path)
    facts = dict(problem.facts)
    assert (facts["row"], facts["column"]) == (2, "经度")
    assert isinstance(facts["what"], Message)


def test_a_sentence_of_an_earlier_version_is_shown_as_it_was(store: Store, tmp_path: Path) -> None:
    _waiting(store, tmp_path)
    earlier = "第 2 行：超过 100% 的 %(限额)s"
    with store._database.write() as work:
        work.connection.execute(
            update(table_of(QuarantinedRowRow)).values(
                cells=json.dumps(
                    {"sheet": "表一", "cells": [["编号", "PS09"]], "problems": [earlier]}
                )
            )
        )
    (row,) = store.quarantined_rows()
    assert [str(one) for one in row.problems] == [earlier]
    assert (row.sheet, row.named_cells) == ("表一", (("编号", "PS09"),))


def test_a_file_and_a_sheet_may_be_called_by_a_person_s_name(
    store: Store, court: CourtFolder, tmp_path: Path
) -> None:
    row = {"编号": "PS09", "派出所名称": "坏派出所", "经度": "不是数", "纬度": "24.9"}
    for path in (
        write_xlsx(tmp_path / "欧阳示例.xlsx", [row], sheet="欧阳示例"),
        write_csv(tmp_path / "欧阳示例.csv", [row | {"编号": "PS10"}]),
    ):
        import_file(store, "stations", path, quarantine=True)
    shown = [str(problem) for row in store.quarantined_rows() for problem in row.problems]
    assert len(shown) == 2
    assert all("欧阳示例" in text for text in shown)
    assert "欧阳示例".encode() not in court.content()
    assert json.dumps("欧阳示例")[1:-1].encode() not in court.content()
