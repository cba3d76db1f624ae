"""A stop in lines of text, for the formats that have one field for everything."""

from __future__ import annotations

from collections.abc import Iterator

from data.exports.model import FindingSheet, PlanSheet, StopSheet

__all__ = ["clock_text", "finding_line", "stop_lines", "stop_text"]


def clock_text(stop: StopSheet) -> str:
    """Return arrival to departure, such as ``09:05–09:35``."""
    return f"{stop.arrival:%H:%M}–{stop.departure:%H:%M}"


def finding_line(finding: FindingSheet) -> str:
    """Return a finding with rule id, verdict and citation on one line."""
    citation = f"（{finding.citation}）" if finding.citation else ""
    return f"{finding.rule} {finding.verdict}：{finding.text}{citation}"


def stop_lines(sheet: PlanSheet, stop: StopSheet) -> Iterator[str]:
    """Yield what there is to say of a stop, one line a fact; empty facts are left out."""
    if sheet.mark:
        yield sheet.mark
    yield f"{stop.kind_text} {clock_text(stop)}"
    facts = (
        ("case_number", stop.case_number),
        ("debtor", stop.debtor),
        ("address", stop.address),
        ("escort", stop.escort_station),
        ("hazards", "；".join(stop.hazards)),
        ("documents", "、".join(stop.documents)),
        ("findings", "；".join(map(finding_line, stop.findings))),
        ("navigation", stop.link),
    )
    yield from (f"{sheet.word(key)}：{value}" for key, value in facts if value)


def stop_text(sheet: PlanSheet, stop: StopSheet) -> str:
    """Return :func:`stop_lines` and the datum as one text."""
    return "\n".join((*stop_lines(sheet, stop), sheet.datum_text))
