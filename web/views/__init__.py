"""One blueprint a screen. Each view names the right that it needs."""

from __future__ import annotations

from web.views import audit, auth, cases, namesakes, network, overview, partner, plans, tiles

BLUEPRINTS = (
    auth.bp,
    overview.bp,
    plans.bp,
    cases.bp,
    namesakes.bp,
    network.bp,
    partner.bp,
    audit.bp,
    tiles.bp,
)
