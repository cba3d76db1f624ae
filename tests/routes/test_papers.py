"""Which papers a step takes along, and how each stands on the day."""

from __future__ import annotations

from datetime import date

import pytest

from routes.documents import Approver, Document, DocumentKind
from routes.measures import Measure, MeasureKind, StepId
from routes.model import CaseId, DebtorId, DebtorKind
from routes.needs import NEEDS, measure_needs
from routes.papers import papers_to_carry

DAY = date(2026, 11, 26)


def _papers(kind: MeasureKind, *documents: Document) -> dict[DocumentKind, tuple[str, bool, bool]]:
    step = Measure(StepId("S"), kind, CaseId("c"), DebtorId("d"), documents=documents)
    found = papers_to_carry(step, measure_needs(step, DebtorKind.PERSON), on=DAY)
    assert len({one.kind for one in found}) == len(found)
    return {one.kind: (one.number, one.blank, one.fault is None) for one in found}


@pytest.mark.parametrize("kind", MeasureKind)
def test_all_that_a_step_needs_is_taken_along(kind: MeasureKind) -> None:
    papers = _papers(kind)
    assert list(papers) == [paper for paper, _office in NEEDS[kind].documents]
    for paper, (number, blank, in_order) in papers.items():
        assert (number, in_order) == ("", False)
        assert blank == (paper in (DocumentKind.SERVICE_RECEIPT, DocumentKind.INVENTORY))


def test_a_paper_on_record_is_named_with_its_number_and_what_is_wrong_with_it() -> None:
    proof = Document(DocumentKind.SUMMONS_PROOF, " 示1号 ", Approver.OFFICER, date(2026, 11, 20))
    warrant = Document(DocumentKind.SUMMONS_WARRANT, "示2号", Approver.OFFICER, date(2026, 11, 20))
    signed = Document(DocumentKind.SUMMONS_WARRANT, "示3号", Approver.PRESIDENT, date(2026, 11, 21))
    letter = Document(DocumentKind.ASSISTANCE_LETTER, "示4号", approved_on=date(2026, 11, 21))
    papers = _papers(MeasureKind.SUMMONS, letter, warrant, proof)
    assert papers == {
        DocumentKind.SUMMONS_PROOF: ("示1号", False, True),
        DocumentKind.SUMMONS_WARRANT: ("示2号", False, False),
        DocumentKind.ASSISTANCE_LETTER: ("示4号", False, True),
    }
    papers = _papers(MeasureKind.SUMMONS, letter, warrant, proof, signed)
    assert papers[DocumentKind.SUMMONS_WARRANT] == ("示3号", False, True)
