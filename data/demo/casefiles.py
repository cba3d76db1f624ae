"""Case rows: numbers, kinds, documents and the states that rules look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from data.demo.claims import Claim, Subject
from data.demo.frame import stream, to_lonlat
from data.demo.history import Hint, Visit
from data.demo.plan import COURT
from data.demo.tables import Cell
from geo.coordinates import from_wgs84
from geo.model import Datum, Floats

__all__ = [
    "CaseFile",
    "case_rows",
    "claim_truth",
    "filing_days",
    "hint_rows",
    "make_files",
    "visit_rows",
    "wanted_debtors",
]

Row = dict[str, Cell]

_KINDS: tuple[tuple[str, float, float], ...] = (
    ("民间借贷", 0.29, 82_000.0),
    ("金融借款", 0.22, 64_000.0),
    ("买卖", 0.12, 95_000.0),
    ("劳动报酬", 0.11, 18_000.0),
    ("人身损害", 0.07, 46_000.0),
    ("租赁", 0.06, 38_000.0),
    ("赡养抚养", 0.05, 12_000.0),
    ("行政非诉", 0.03, 9_000.0),
    ("腾退", 0.02, 30_000.0),
    ("其他", 0.03, 50_000.0),
)
_STATES = ("执行中", "和解", "暂缓履行", "中止", "结案", "破产")
_FRESH = (0.875, 0.035, 0.035, 0.03, 0.02, 0.005)
_MET = (0.56, 0.13, 0.12, 0.03, 0.15, 0.01)
_DAYS_BACK = 430


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case of one subject: what its row says besides the addresses."""

    number: str
    filed_on: date
    status: str
    row: Row


def wanted_debtors(cases: Sequence[CaseFile]) -> tuple[tuple[str, str], ...]:
    """Return case number and name of debtors for whom a checkpoint's duty may be held."""
    return tuple(
        (case.number, str(case.row["debtor_name"]))
        for case in cases
        if case.status == "执行中"
        and case.row["debtor_kind"] == "自然人"
        and case.row["identifiers"] != "姓名"
        and case.row["grade"] == "无"
        and "basis_served_on" in case.row
        and case.row.get("major_matter") == "否"
        and case.row["vulnerable"] == "无"
    )


def filing_days(count: int, as_of: date, rng: np.random.Generator) -> tuple[date, ...]:
    """Return days of filing in order, the newest three days before ``as_of``."""
    back = np.sort(rng.integers(3, _DAYS_BACK, count))[::-1]
    days = [as_of - timedelta(days=int(one)) for one in back]
    return tuple(day - timedelta(days=max(0, day.weekday() - 4)) for day in days)


def make_files(
    subjects: tuple[Subject, ...],
    filed_on: tuple[date, ...],
    visits: tuple[Visit, ...],
    *,
    as_of: date,
    seed: int,
) -> tuple[CaseFile, ...]:
    """Return one case a subject; those whose debtor was met are closed more often."""
    rng = stream(seed, "cases")
    met = {visit.subject for visit in visits if visit.outcome == "找到"}
    serial: dict[tuple[int, str], int] = {}
    files = []
    for position, (subject, day) in enumerate(zip(subjects, filed_on, strict=True)):
        series = "执恢" if rng.random() < 0.06 else "执"
        count = serial.get((day.year, series), 0) + 1 + int(rng.random() < 0.1)
        serial[day.year, series] = count
        number = f"（{day.year}）{COURT}{series}{count}号"
        status = _STATES[int(rng.choice(6, p=_MET if position in met else _FRESH))]
        files.append(
            CaseFile(number, day, status, _case_row(subject, number, day, status, as_of, rng))
        )
    return tuple(files)


def _case_row(
    subject: Subject,
    number: str,
    day: date,
    status: str,
    as_of: date,
    rng: np.random.Generator,
) -> Row:
    debtor = subject.debtor
    kind, yuan = _kind(subject, rng)
    judged = day - timedelta(days=int(rng.integers(45, 420)))
    served = judged + timedelta(days=int(rng.integers(5, 30)))
    row: Row = {
        "number": number,
        "kind": kind,
        "claim_yuan": yuan,
        "filed_on": day,
        "status": status,
        "grade": ("无", "红", "白", "黑")[int(rng.choice(4, p=(0.885, 0.03, 0.035, 0.05)))],
        "major_matter": "是" if rng.random() < (0.25 if kind == "腾退" else 0.008) else "否",
        "debtor_name": debtor.name,
        "debtor_kind": "单位" if debtor.company else "自然人",
        "debtor_id_number": debtor.number,
        "needs_female_officer": "是" if debtor.female and rng.random() < 0.08 else "否",
    }
    if rng.random() > 0.03:
        row["basis_document"] = _document(kind, judged.year, rng)
    if "basis_document" in row and rng.random() > 0.02:
        row["basis_served_on"] = served
        row["performance_due_on"] = min(
            served + timedelta(days=int(rng.choice((10, 15, 30)))), day - timedelta(days=1)
        )
    if rng.random() > 0.04:
        row["notice_sent_on"] = min(day + timedelta(days=int(rng.integers(10))), as_of)
    if row["grade"] == "白" and rng.random() < 0.6:
        row["contact_logged_on"] = as_of - timedelta(days=int(rng.integers(1, 20)))
    if status == "暂缓履行":
        row["paused_until"] = as_of + timedelta(days=int(rng.integers(-15, 150)))
    row["vulnerable"] = "无" if debtor.company else _vulnerable(subject, rng)
    row["objection_pending"] = "否"
    if not debtor.company:
        row["situation"] = "无"
    row["identifiers"] = _identifiers(subject, rng)
    return row


def _kind(subject: Subject, rng: np.random.Generator) -> tuple[str, float]:
    shares = np.asarray([share for _, share, _ in _KINDS])
    if subject.debtor.company:
        shares = shares * [0.5, 0.6, 2.0, 2.5, 0.7, 1.5, 0.0, 1.5, 1.0, 1.0]
    kind, _, middle = _KINDS[int(rng.choice(len(_KINDS), p=shares / shares.sum()))]
    yuan = middle * float(rng.lognormal(0.0, 1.0)) * (3.0 if subject.debtor.company else 1.0)
    return kind, float(max(500, round(yuan / 10.0) * 10))


def _document(kind: str, year: int, rng: np.random.Generator) -> str:
    number = int(rng.integers(20, 6000))
    if kind == "行政非诉":
        return f"（{year}）{COURT}行审{number % 300 + 1}号"
    if kind == "劳动报酬" and rng.random() < 0.5:
        return f"洛劳人仲案（{year}）{number % 900 + 1}号"
    if kind == "金融借款" and rng.random() < 0.15:
        return f"（{year}）泉濑证执字第{number % 500 + 1}号"
    return f"（{year}）{COURT}民初{number}号"


def _vulnerable(subject: Subject, rng: np.random.Generator) -> str:
    debtor = subject.debtor
    found = []
    if debtor.age >= 70:
        found.append("老年人")
    if rng.random() < 0.015:
        found.append("残疾人")
    if rng.random() < 0.012:
        found.append("重病")
    if debtor.female and debtor.age < 40 and rng.random() < 0.05:
        found.append("孕妇")
    if rng.random() < 0.004:
        found.append("未成年人独处")
    return "、".join(found) or "无"


def _identifiers(subject: Subject, rng: np.random.Generator) -> str:
    if rng.random() < 0.07:
        return "姓名"
    if subject.debtor.company:
        return "姓名、统一社会信用代码、历史住址"
    more = ("亲属", "历史住址、亲属", "电话尾号", "照片")[int(rng.integers(4))]
    return f"姓名、证件号码、{'出生日期、' if rng.random() < 0.5 else ''}{more}"


def case_rows(
    files: tuple[CaseFile, ...], subjects: tuple[Subject, ...], *, seed: int
) -> Iterator[Row]:
    """Yield a row a case, with its claims in numbered columns."""
    rng = stream(seed, "case rows")
    for file, subject in zip(files, subjects, strict=True):
        row = dict(file.row)
        for number, claim in enumerate(subject.claims, start=1):
            for key, cell in _claim_cells(claim, row, rng).items():
                row[f"address_{key}_{number}"] = cell
        yield row


def _claim_cells(claim: Claim, row: Row, rng: np.random.Generator) -> Row:
    known = str(row["identifiers"])
    cells: Row = {
        "text": claim.address.text,
        "source": claim.source,
        "kind": claim.kind,
        "seen_on": claim.seen_on,
        "identifiers": known,
    }
    if rng.random() < 0.05:
        cells["identifiers"] = "姓名"
    if rng.random() > 0.055:
        cells["basis"] = claim.document
    if claim.address.xy_m is not None and claim.address.precision == "door":
        draw = rng.random()
        datum = Datum.GCJ02 if draw < 0.045 else Datum.BD09 if draw < 0.065 else None
        datum = Datum.WGS84 if 0.065 <= draw < 0.08 else datum
        if datum is not None:
            spot = to_lonlat(claim.address.xy_m[None] + rng.normal(0.0, 6.0, (1, 2)))
            lon, lat = np.round(from_wgs84(spot, datum)[0], 6).tolist()
            cells |= {"lon": lon, "lat": lat, "datum": datum.value.upper()}
    return cells


def visit_rows(
    visits: tuple[Visit, ...], files: tuple[CaseFile, ...], subjects: tuple[Subject, ...]
) -> Iterator[Row]:
    """Yield a row an outcome."""
    for visit in visits:
        subject = subjects[visit.subject]
        yield {
            "number": files[visit.subject].number,
            "debtor_name": subject.debtor.name,
            "address_text": subject.claims[visit.claim].address.text,
            "at": visit.at,
            "outcome": visit.outcome,
        }


def hint_rows(
    hints: tuple[Hint, ...], files: tuple[CaseFile, ...], subjects: tuple[Subject, ...]
) -> Iterator[Row]:
    """Yield a row a lead."""
    for hint in hints:
        subject = subjects[hint.subject]
        yield {
            "number": files[hint.subject].number,
            "debtor_name": subject.debtor.name,
            "source": hint.source,
            "received_at": hint.received_at,
            "expires_at": hint.expires_at,
            "address_text": None if hint.claim < 0 else subject.claims[hint.claim].address.text,
            "band": hint.band or None,
            "withdrawn": "是" if hint.withdrawn else None,
        }


def claim_truth(
    files: tuple[CaseFile, ...], subjects: tuple[Subject, ...], doors_m: Floats
) -> Iterator[dict[str, object]]:
    """Yield what is true of each claim, for benchmarks of geocoding and locating.

    ``address_lonlat`` is the door that its text means (None: no such address), ``true`` whether
    the debtor is to be met there, ``debtor_lonlat`` where it lives or trades (None: outside the
    district).
    """
    for file, subject in zip(files, subjects, strict=True):
        home = _lonlat(doors_m[subject.home]) if subject.home >= 0 else None
        for claim in subject.claims:
            described = claim.address.xy_m
            yield {
                "number": file.number,
                "debtor_name": subject.debtor.name,
                "address_text": claim.address.text,
                "true": claim.true,
                "fault": claim.fault or None,
                "address_lonlat": None if described is None else _lonlat(described),
                "precision": claim.address.precision,
                "flaws": list(claim.address.flaws),
                "debtor_lonlat": home,
            }


def _lonlat(xy_m: Floats) -> list[float]:
    rounded: list[float] = np.round(to_lonlat(xy_m[None])[0], 6).tolist()
    return rounded
