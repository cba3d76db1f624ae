"""Identifiers of the field work: opaque texts."""

from __future__ import annotations

from typing import NewType

__all__ = ["ActionId", "CaseId", "ClaimId", "DebtorId", "TeamId"]

CaseId = NewType("CaseId", str)
DebtorId = NewType("DebtorId", str)
ClaimId = NewType("ClaimId", str)
TeamId = NewType("TeamId", str)
ActionId = NewType("ActionId", str)
