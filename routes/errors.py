"""Errors of the routes package."""

from __future__ import annotations

from geo.errors import FieldwritError

__all__ = [
    "CalendarError",
    "CaseNumberError",
    "HandChangeError",
    "LocatingError",
    "NamesakeError",
    "PlanError",
    "ProblemError",
    "ProfileError",
    "ReplanError",
    "RoutesError",
    "SupportError",
    "ValueRangeError",
    "WhatIfError",
]


class RoutesError(FieldwritError):
    """Root of the routes package's errors."""


class ValueRangeError(RoutesError, ValueError):
    """A value of the model lies outside its range."""


class CaseNumberError(RoutesError, ValueError):
    """A case number that does not parse."""


class LocatingError(RoutesError, ValueError):
    """Evidence that the locating model cannot use."""


class NamesakeError(RoutesError, ValueError):
    """A person's verdict on a hit that the namesake gate does not let pass."""


class ProfileError(RoutesError, ValueError):
    """A rule or parameter profile with an unknown key or a value out of range."""


class SupportError(RoutesError, ValueError):
    """A support request whose times contradict each other, or a state that may not follow."""


class CalendarError(RoutesError, LookupError):
    """A date for which the calendar does not know whether it is a workday."""


class ProblemError(RoutesError, ValueError):
    """A planning problem that contradicts itself; names the field."""


class PlanError(RoutesError, ValueError):
    """A plan that does not fit its problem, or cannot be read."""


class ReplanError(RoutesError, ValueError):
    """A disturbance that the plan knows nothing of, or a moment at which nothing can be changed."""


class WhatIfError(RoutesError, ValueError):
    """A variation of a problem that names what is not in it, or makes no sense."""


class HandChangeError(RoutesError, ValueError):
    """A change by hand that speaks of what is not there, begun or locked."""
