"""Findings of the rules in the form in which they go with a problem or a plan."""

from __future__ import annotations

from routes.model import Finding
from routes.planning.problem import PlanFinding

__all__ = ["plan_finding"]


def plan_finding(finding: Finding, subject: str | None = None) -> PlanFinding:
    """Return a finding as a problem or plan holds it.

    Parameters
    ----------
    subject
        What it shall speak of there, such as ``debtor:ID``; the finding's own by default.
    """
    return PlanFinding(
        finding.rule,
        finding.verdict.value,
        subject or finding.subject,
        str(finding.message),
        finding.citation,
    )
