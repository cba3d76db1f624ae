from __future__ import annotations

import pytest
from sqlalchemy import func, select

from data.outcome_records import FileKind, OutcomeFile, OutcomeRecord, Position, record_text
from data.schema import OutcomeFileRow, OutcomeRecordRow
from data.sent_outcomes import (
    ReceiptState,
    SentOutcome,
    WithdrawnFor,
    receive_outcomes,
    withdraw_outcome,
)
from data.store import Store
from data.upsert import table_of
from routes.errors import ValueRangeError
from routes.model import OutcomeKind
from tests.data import samples
from tests.fakes import StandingClock

JPEG = b"\xff\xd8\xff\xe0" + b"x" * 40


@pytest.fixture
def sent(store: Store, clock: StandingClock) -> SentOutcome:
    store.put(cases_=[samples.case(1)], debtors=[samples.debtor(1)], claims=[samples.claim(1)])
    record = OutcomeRecord(
        "T1",
        "fd1",
        ("licence", "officers"),
        {"recording": "执法记录仪没电"},
        Position(118.6, 24.9, 12.5, clock()),
        (OutcomeFile(FileKind.PHOTO, "image/jpeg", JPEG),),
    )
    claim = samples.claim(1).id
    return SentOutcome("visit-0001", claim, OutcomeKind.MOVED, clock(), None, record)


def test_a_record_is_kept_with_its_outcome_and_once(store: Store, sent: SentOutcome) -> None:
    first, again = (receive_outcomes(store, [sent], by="u1")[0] for _ in range(2))
    assert (first.state, again.state) == (ReceiptState.STORED, ReceiptState.ALREADY)
    [(record, files)] = store.outcome_records(store.outcomes()).values()
    assert record["left"] == {"recording": "执法记录仪没电"}
    assert record["done"] == ["licence", "officers"]
    assert record["position"][:3] == [118.6, 24.9, 12.5]
    [kept] = files
    found = store.outcome_file(kept.id)
    assert found is not None
    assert (found[0], found[1].content) == (samples.case(1).id, JPEG)
    assert store.outcome_file("of-none") is None


def test_another_record_under_a_key_is_a_conflict(store: Store, sent: SentOutcome) -> None:
    receive_outcomes(store, [sent], by="u1")
    other = OutcomeFile(FileKind.PHOTO, "image/jpeg", JPEG + b"y")
    assert sent.record is not None
    changed = OutcomeRecord("T1", "fd1", sent.record.done, sent.record.left, None, (other,))
    again = SentOutcome(sent.key, sent.claim_id, sent.kind, sent.at, None, changed)
    assert receive_outcomes(store, [again], by="u1")[0].state is ReceiptState.CONFLICT


def test_what_others_found_there_that_day_is_told(
    store: Store, sent: SentOutcome, clock: StandingClock
) -> None:
    receive_outcomes(store, [sent], by="u1")
    found = SentOutcome("visit-0002", sent.claim_id, OutcomeKind.FOUND, clock())
    told = receive_outcomes(store, [found], by="u2")[0]
    assert [kind for kind, _at in told.others] == [OutcomeKind.MOVED]
    first = receive_outcomes(store, [sent], by="u1")[0].outcome_id
    assert first is not None
    withdraw_outcome(store, first, why=WithdrawnFor.SLIP, by="u1")
    assert receive_outcomes(store, [found], by="u2")[0].others == ()
    clock.advance(days=1)
    later = SentOutcome("visit-0003", sent.claim_id, OutcomeKind.FOUND, clock())
    assert receive_outcomes(store, [later], by="u2")[0].others == ()


def test_no_more_is_kept_than_was_answered(store: Store, sent: SentOutcome) -> None:
    """A refused outcome leaves no picture behind."""
    lost = SentOutcome(sent.key, samples.claim(2).id, sent.kind, sent.at, None, sent.record)
    assert receive_outcomes(store, [lost], by="u1")[0].state is ReceiptState.REFUSED
    with store.write() as work:
        for row in (OutcomeRecordRow, OutcomeFileRow):
            assert work.connection.scalar(select(func.count()).select_from(table_of(row))) == 0


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("image/jpeg", b""),
        ("image/jpeg", b"<svg/>"),
        ("image/svg+xml", b"<svg/>"),
        ("image/png", JPEG),
        ("text/html", JPEG),
        ("image/jpeg", JPEG + b"x" * 2 * 1024 * 1024),
    ],
)
def test_only_small_pictures_are_taken(media_type: str, content: bytes) -> None:
    with pytest.raises(ValueRangeError):
        OutcomeFile(FileKind.PHOTO, media_type, content)


def test_limits_of_a_record(clock: StandingClock) -> None:
    picture = OutcomeFile(FileKind.PHOTO, "image/jpeg", JPEG)
    with pytest.raises(ValueRangeError):
        OutcomeRecord("T1", "fd1", files=(picture,) * 7)
    for lon, lat, accuracy_m in ((181, 0, 1), (0, 91, 1), (0, 0, -1), (float("nan"), 0, 1)):
        with pytest.raises(ValueRangeError):
            Position(lon, lat, accuracy_m, clock())


def test_the_text_of_a_record_does_not_hang_on_order() -> None:
    one = OutcomeRecord("T1", "fd1", ("a", "b"), {"c": "1", "d": "2"})
    other = OutcomeRecord("T1", "fd1", ("b", "a"), {"d": "2", "c": "1"})
    assert record_text(one) == record_text(other)
