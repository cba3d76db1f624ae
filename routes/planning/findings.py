"""Findings of the rules in the form in which they go with a problem or a plan."""

from __future__ import annotations

from collections.abc import Callable

from geo.messages import Message
from routes.model import Finding
from routes.planning.problem import PlanFinding

__all__ = ["plan_finding"]


def plan_finding(
    finding: Finding, subject: str | None = None, *, say: Callable[[Message], str] = str
) -> PlanFinding:
    """Return a finding as a problem or plan holds it.

    Parameters
    ----------
    subject
        What it shall speak of there, such as ``debtor:ID``; the finding's own by default.
    say
        Writes a message in the reader's language; Chinese by default.
    """
    return PlanFinding(
        finding.rule,
        finding.verdict.value,
        subject or finding.subject,
        say(finding.message),
        finding.citation,
        finding.digest,
    )
