"""The one table of roles and rights, for pages, data end points, tokens and commands."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from data.model import Role

__all__ = ["READING", "RIGHTS", "TERMINAL_RIGHTS", "Right"]


class Right(StrEnum):
    """One thing that a role may do."""

    MAP_READ = "map.read"  # overview map: points, codes, no names
    CASE_READ = "case.read"  # case page
    CASE_JSON = "case.json"  # cases as JSON; of persons what data.masks says
    CASE_EXPORT = "case.export"  # all cases with names and addresses, as a table
    PERSON_READ = "person.read"  # names and addresses; each reading is audited
    PERSON_SHOW = "person.show"  # what is masked, in full, one by one; each is audited
    NAMESAKE_WRITE = "namesake.write"  # whether a record is the debtor's; a person decides
    RESTRICTION_WRITE = "restriction.write"  # orders, exemptions, lists, breaches, alerts
    PLAN_READ = "plan.read"
    PLAN_WRITE = "plan.write"  # drafts by hand and variations; each waits for its release
    PLAN_RELEASE = "plan.release"
    SHARE_WRITE = "share.write"
    PARTNER_READ = "partner.read"  # the own station's stops, nothing else
    SUPPORT_ANSWER = "support.answer"
    GRID_READ = "grid.read"  # what the reader told the court, nothing else
    TIP_WRITE = "tip.write"  # tell the court who was seen where, and take that back
    TIP_USE = "tip.use"  # make leads from what was told
    AUDIT_READ = "audit.read"
    PROTECTION_WRITE = "protection.write"  # the register of data protection
    BASEMAP_READ = "basemap.read"  # roads and names, no case data
    NETWORK_READ = "network.read"  # closures, reach; a partner's own station and territory only
    CLOSURE_WRITE = "closure.write"
    PLACE_CONFIRM = "place.confirm"  # where an unsure address is; a person decides
    RULES_READ = "rules.read"  # the rules and the court's values, no case data
    RETENTION_READ = "retention.read"  # what is past its time: counts and ids, no names
    OUTCOME_WRITE = "outcome.write"  # what a visit found, as devices send it
    MEASURE_WRITE = "measure.write"  # steps of enforcement: planned, decided, put on record
    SPEEDS_WRITE = "speeds.write"  # which correction of travel times is in use
    ACCOUNT_OWN = "account.own"  # the own password, second factor, sessions and tokens
    ACCOUNT_WRITE = "account.write"  # who may sign in, as what
    COURT_WRITE = "court.write"  # tables, geocoding, roads, plans: work on the court's data
    SETUP_WRITE = "setup.write"  # the data folder itself: made, served, backed up, erased


_BUREAU = frozenset(
    {
        Right.MAP_READ,
        Right.CASE_JSON,
        Right.CASE_READ,
        Right.PERSON_READ,
        Right.PERSON_SHOW,
        Right.MEASURE_WRITE,
        Right.NAMESAKE_WRITE,
        Right.OUTCOME_WRITE,
        Right.PLACE_CONFIRM,
        Right.RESTRICTION_WRITE,
        Right.RULES_READ,
        Right.TIP_USE,
        Right.PLAN_READ,
        Right.PLAN_WRITE,
        Right.BASEMAP_READ,
        Right.NETWORK_READ,
        Right.ACCOUNT_OWN,
        Right.COURT_WRITE,
    }
)

RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.OFFICER: _BUREAU,
        Role.COMMANDER: _BUREAU
        | {
            Right.CASE_EXPORT,
            Right.PLAN_RELEASE,
            Right.SHARE_WRITE,
            Right.RETENTION_READ,
            Right.CLOSURE_WRITE,
            Right.SPEEDS_WRITE,
        },
        Role.POLICE_LIAISON: frozenset(
            {
                Right.PARTNER_READ,
                Right.SUPPORT_ANSWER,
                Right.BASEMAP_READ,
                Right.NETWORK_READ,
                Right.ACCOUNT_OWN,
            }
        ),
        Role.GRID_LIAISON: frozenset(
            {Right.GRID_READ, Right.TIP_WRITE, Right.BASEMAP_READ, Right.ACCOUNT_OWN}
        ),
        Role.AUDITOR: frozenset(
            {
                Right.AUDIT_READ,
                Right.CASE_JSON,
                Right.PROTECTION_WRITE,
                Right.RETENTION_READ,
                Right.RULES_READ,
                Right.ACCOUNT_OWN,
            }
        ),
        Role.ADMIN: frozenset(
            {
                Right.AUDIT_READ,
                Right.PROTECTION_WRITE,
                Right.RETENTION_READ,
                Right.RULES_READ,
                Right.BASEMAP_READ,
                Right.NETWORK_READ,
                Right.SPEEDS_WRITE,
                Right.ACCOUNT_OWN,
                Right.ACCOUNT_WRITE,
            }
        ),
    }
)
"""What each role may do on the pages, and at the terminal where a command asks who acts."""

TERMINAL_RIGHTS: frozenset[Right] = frozenset(
    set(Right)
    - {
        Right.CASE_EXPORT,
        Right.PLAN_RELEASE,
        Right.SHARE_WRITE,
        Right.SUPPORT_ANSWER,
        Right.NAMESAKE_WRITE,
        Right.RESTRICTION_WRITE,
        Right.TIP_WRITE,
        Right.TIP_USE,
        Right.PROTECTION_WRITE,
        Right.ACCOUNT_OWN,
    }
)
"""What whoever can read the key file may do in nobody's name: all but what a person decides."""

READING: frozenset[Right] = frozenset(
    {
        Right.MAP_READ,
        Right.CASE_JSON,
        Right.CASE_READ,
        Right.PERSON_READ,
        Right.PLAN_READ,
        Right.PARTNER_READ,
        Right.GRID_READ,
        Right.AUDIT_READ,
        Right.RULES_READ,
        Right.RETENTION_READ,
        Right.BASEMAP_READ,
        Right.NETWORK_READ,
    }
)
"""What a token may be given; changes are made by persons."""
