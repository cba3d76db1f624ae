"""Travel on the road network: times, lengths and paths, by vehicle and hour."""

from __future__ import annotations

from geo.travel.engine import RoadEngine, load_engine
from geo.travel.profiles import PROFILES, Profile
from geo.travel.snapping import Snapped

__all__ = ["PROFILES", "Profile", "RoadEngine", "Snapped", "load_engine"]
