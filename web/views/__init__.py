"""One blueprint a screen. Each view names the right that it needs."""

from __future__ import annotations

from web.views import (
    accounts,
    audit,
    auth,
    campaigns,
    cases,
    measures,
    namesakes,
    network,
    outcomes,
    overview,
    own_account,
    partner,
    plans,
    protection,
    reasons,
    replanning,
    restrictions,
    support,
    tiles,
    what_if,
)

BLUEPRINTS = (
    auth.bp,
    own_account.bp,
    accounts.bp,
    overview.bp,
    plans.bp,
    campaigns.bp,
    replanning.bp,
    what_if.bp,
    reasons.bp,
    support.bp,
    cases.bp,
    outcomes.bp,
    measures.bp,
    namesakes.bp,
    restrictions.bp,
    network.bp,
    partner.bp,
    audit.bp,
    protection.bp,
    tiles.bp,
)
