"""Online geocoding, off unless an administrator turned it on (LAW.md P9)."""

from geo.online.fallback import FallbackGeocoder, OnlineUse, UseListener
from geo.online.gate import PUBLIC_HOSTS, Gate, intranet, own_gate, public_gate
from geo.online.geocoder import AnswerMemory, OnlineGeocoder, Pace
from geo.online.services import Answer, amap, nominatim, tianditu
from geo.online.transport import GuardedAdapter
from geo.online.worth import ServiceTerms, service_terms

__all__ = [
    "PUBLIC_HOSTS",
    "Answer",
    "AnswerMemory",
    "FallbackGeocoder",
    "Gate",
    "GuardedAdapter",
    "OnlineGeocoder",
    "OnlineUse",
    "Pace",
    "ServiceTerms",
    "UseListener",
    "amap",
    "intranet",
    "nominatim",
    "own_gate",
    "public_gate",
    "service_terms",
    "tianditu",
]
