"""Every way to write into the store leaves an entry of the audit chain, or says why not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data.jobs import JobKind
from data.model import Role
from data.store import Store
from geo.messages import message
from tests.data.courts import ON_SQLITE
from tests.unaudited import UNAUDITED

ROOT = Path(__file__).parents[2]
_QUIET = """
def quiet(store):
    with store.write() as work:
        work.connection.exec_driver_sql("INSERT INTO sign_in_failure VALUES (1, 'h', 't')")
"""


def _functions(node: ast.AST, within: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    for one in ast.iter_child_nodes(node):
        if isinstance(one, ast.ClassDef | ast.FunctionDef):
            name = f"{within}.{one.name}" if within else one.name
            if isinstance(one, ast.FunctionDef):
                yield name, one
            yield from _functions(one, name)


def _writes(function: ast.FunctionDef) -> bool:
    """Whether a function begins a transaction that may write."""
    calls = (
        item.context_expr.func
        for each in ast.walk(function)
        if isinstance(each, ast.With)
        for item in each.items
        if isinstance(item.context_expr, ast.Call)
    )
    return any(isinstance(one, ast.Attribute) and one.attr in ("write", "writing") for one in calls)


def _tells(function: ast.FunctionDef) -> bool:
    """Whether it records, or hands the transaction on to something that can."""
    for each in ast.walk(function):
        if isinstance(each, ast.Call):
            if isinstance(each.func, ast.Attribute) and each.func.attr == "record":
                return True
            if any(isinstance(one, ast.Name) and one.id == "work" for one in each.args):
                return True
    return False


def _writers() -> dict[str, ast.FunctionDef]:
    found = {}
    for folder in ("data", "web"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if "migrations" in module or module == "data.work":
                continue
            for name, function in _functions(ast.parse(path.read_text(encoding="utf-8"))):
                if _writes(function):
                    found[f"{module}:{name}"] = function
    return found


def test_every_method_that_writes_records_or_is_named_with_its_reason() -> None:
    writers = _writers()
    assert len(writers) > 90
    silent = {name for name, function in writers.items() if not _tells(function)}
    assert silent - set(UNAUDITED) - {"data.store:Store.rehearse"} == set()  # which undoes it all
    assert set(UNAUDITED) <= set(writers)
    assert all(UNAUDITED.values())


@ON_SQLITE
def test_a_write_that_says_nothing_fails_where_it_happens(store: Store) -> None:
    """Else the watch over all tests would prove nothing."""
    held: dict[str, Any] = {}
    exec(compile(_QUIET, ROOT / "data" / "invented.py", "exec"), held)
    with pytest.raises(AssertionError, match=r"data\.invented:quiet .*sign_in_failure"):
        held["quiet"](store)


def test_a_job_is_followed_from_its_asker_to_its_end(store: Store) -> None:
    by = store.accounts.create("officer", "first-pass-1", Role.OFFICER, "示例").id
    for end in ("done", "failed", "stopped"):
        job = store.jobs.take(store.jobs.add(JobKind.GEOCODE, {}, by=by).id)
        assert job is not None
        if end == "done":
            store.jobs.finish(job, {})
        elif end == "failed":
            store.jobs.fail(job, message("没有这个任务"))
        else:
            store.jobs.end_stopped(job)
        added, taken, ended = store.audit.entries(3)[::-1]
        assert [one.act for one in (added, taken, ended)] == ["job.add", "job.take", "job.end"]
        told = {(one.actor, one.subject) for one in (added, taken, ended)}
        assert told == {(by, f"job:{job.id}")}
        assert ended.detail == {"state": end}
    before = store.audit.verify()
    assert store.jobs.take(job.id) is None  # who comes too late writes nothing
    assert store.audit.verify() == before
