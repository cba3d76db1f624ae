"""The tiny court with a text of :mod:`tests.web.injections` in every text column of every table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from string import ascii_uppercase

from shapely.geometry import box

from data.demo.people import id_number
from data.errors import ImportRefusedError
from data.imports import import_file
from data.imports.columns import Column, TableKind, columns_of
from data.store import Store
from geo.messages import Message
from geo.travel.closures import Closure
from routes.model import CaseId, SecretText
from tests.data.samples import GOOD_ROWS, second_address, write_csv
from tests.web.court import ACTION
from tests.web.injections import TAGS, TEXTS, chunks, marked

Rows = list[dict[str, str]]
_ROUNDS = 6
_ADDRESSES = 2


@dataclass(frozen=True)
class Soaked:
    """What the importers took and what they refused, a table."""

    taken: Counter[tuple[TableKind, str]]
    refused: Counter[tuple[TableKind, str]]
    said: tuple[Message, ...]
    values: frozenset[str]


def text_columns(kind: TableKind) -> list[Column]:
    """Return the columns of a table that take a text."""
    return [one for one in columns_of(kind, addresses=_ADDRESSES) if one.kind == "text"]


def code_of(kind: TableKind, number: int) -> str:
    return f"{ascii_uppercase[list(TableKind).index(kind)]}{ascii_uppercase[number].lower()}"


def soak(store: Store, folder: Path) -> Soaked:
    """Import every table with each text in each text column, where it is not refused."""
    taken: Counter[tuple[TableKind, str]] = Counter()
    refused: Counter[tuple[TableKind, str]] = Counter()
    said: list[Message] = []
    values: set[str] = set()
    cases: Rows = []
    for kind in TableKind:
        rows, problems = _imported(store, kind, folder / f"{kind}.csv", _plain_rows(kind, cases))
        cases = rows if kind is TableKind.CASES else cases
        said += problems
        for column in text_columns(kind):
            here = [row[column.header] for row in rows if "§" in row.get(column.header, "")]
            own = [one for one in here if one.startswith(tuple(TEXTS))]
            taken[kind, column.header] = len(own)
            refused[kind, column.header] = len(TEXTS) - len(own)
            values.update(own)
    return Soaked(taken, refused, tuple(said), frozenset(values))


def soak_plan(store: Store) -> None:
    """Put all texts into the names and addresses of the ten doors that the plan leads to."""
    texts = list(chunks(1200, "N")), list(chunks(1200, "D"))
    problem = store.problem(ACTION)
    assert problem is not None
    doors = [option.debtor for option in problem.options]
    debtors = {one.id: one for one in store.debtors()}
    claims = {one.debtor_id: one for one in reversed(store.claims())}
    named, addressed = ([] for _ in range(2))
    for number, door in enumerate(doors):
        name, address = ("".join(part[number :: len(doors)]) for part in texts)
        debtor = next(one for key, one in debtors.items() if key == door)
        named.append(replace(debtor, name=SecretText(name)))
        claim = next(one for key, one in claims.items() if key == door)
        addressed.append(replace(claim, text=SecretText(address)))
    store.put(debtors=named, claims=addressed)


def soak_names(store: Store) -> None:
    """Put texts into the names that maps show, of stations to closed roads."""
    texts = (marked(text, "M", number) for number, text in enumerate(TAGS))
    square = box(118.55, 24.91, 118.57, 24.93)
    store.put(
        stations=[replace(one, name=next(texts)) for one in store.stations()],
        checkpoints=[replace(one, name=next(texts)) for one in store.checkpoints()],
        teams=[replace(one, name=next(texts)) for one in store.teams()],
    )
    store.replace_areas([replace(one, name=next(texts)) for one in store.areas()])
    for _ in range(3):
        store.closures.add(Closure("-", next(texts), area=square), by="test")


def _plain_rows(kind: TableKind, cases: Rows) -> Rows:
    rows = []
    for number in range(len(TEXTS)):
        row = {one.header: "" for one in text_columns(kind)} | dict(GOOD_ROWS[kind])
        key = text_columns(kind)[0].header
        if kind is TableKind.CASES:
            row |= {"案号": f"（2026）闽0599执{1000 + number}号", "被执行人": f"林示例{number}"}
            row |= {"证件号码": id_number(date(1980, 5, 17), number)}
            row |= second_address(f"前洋村中山路{number}号") | {"地址2来源": "户籍"}
        elif kind in (TableKind.OUTCOMES, TableKind.LEADS, TableKind.PROPERTY):
            case = cases[number]
            for header in ("案号", "被执行人", "证件号码"):
                if header in row:
                    row[header] = case[header]
            if "地址" in row:
                row["地址"] = case["地址1"]
        elif kind is TableKind.CHECKPOINTS:
            row |= {"编号": f"CP{number}", "勤务案号": cases[number]["案号"]}
            row["勤务被执行人"] = cases[number]["被执行人"]
        elif kind is TableKind.CALENDAR:
            summer = date(2027 + number // 60, 7, 1)  # in which no statutory day lies
            row["日期"] = (summer + timedelta(days=number % 60)).isoformat()
        else:
            row[key] = f"{row[key]}{number}"
        rows.append(row)
    return rows


def _imported(store: Store, kind: TableKind, path: Path, plain: Rows) -> tuple[Rows, list[Message]]:
    """Import rows with a text in each text column; return them with what was said of others."""
    columns = text_columns(kind)
    rows = [
        row
        | {
            one.header: marked(TEXTS[(n + 7 * c) % len(TEXTS)], code_of(kind, c), n)
            for c, one in enumerate(columns)
        }
        for n, row in enumerate(plain)
    ]
    said: list[Message] = []
    for _round in range(_ROUNDS):
        write_csv(path, rows, "utf-8-sig")
        try:
            import_file(store, kind, path)
        except ImportRefusedError as error:
            said += error.problems
            for problem in error.problems:
                _put_back(dict(problem.facts), rows, plain)
        else:
            return rows, said
    raise AssertionError(said[-1].render())


def _put_back(facts: dict[str, object], rows: Rows, plain: Rows) -> None:
    number = int(str(facts["row"])) - 2
    column = facts.get("column")
    if isinstance(column, str):
        rows[number][column] = plain[number][column]
    else:
        rows[number] = dict(plain[number])


def all_cases(store: Store) -> list[CaseId]:
    """Return the cases that came in by the table."""
    return [one.id for one in store.cases() if "0599" in str(one.number)]
