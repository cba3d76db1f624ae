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
            update(table_of(QuarantinedRowRow)).values(problems=json.dumps([earlier]))
        )
    ((problem,),) = [row.problems for row in store.quarantined_rows()]
    assert str(problem) == earlier
