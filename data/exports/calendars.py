"""A plan as an iCalendar file: one event a stop."""

from __future__ import annotations

import icalendar

from data.exports.describe import stop_text
from data.exports.model import PlanSheet, RouteSheet, StopSheet
from geo.model import Datum

__all__ = ["render"]


def render(sheet: PlanSheet) -> bytes:
    """Return an iCalendar with times in Asia/Shanghai.

    An event's UID is made of problem, shift and stop, so exporting a plan again updates its
    entries; a plan made anew is another one, with entries of its own. GEO means WGS84 to readers
    and is left out otherwise.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Fieldwrit//plan//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", icalendar.vText(sheet.title))
    for route in sheet.routes:
        for row, stop in enumerate(route.stops, start=1):
            calendar.add_component(_event(sheet, route, row, stop))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(sheet: PlanSheet, route: RouteSheet, row: int, stop: StopSheet) -> icalendar.Event:
    event = icalendar.Event()
    ref = f"{stop.kind.value}-{row}" if stop.number is None else stop.ref
    event.add("uid", f"{sheet.problem_id}.{route.shift}.{ref}@fieldwrit")
    event.add("dtstamp", sheet.made_at)
    event.add("dtstart", stop.arrival)
    event.add("dtend", stop.departure)
    summary = f"{route.team_name} {stop.heading}"
    event.add("summary", f"{sheet.mark} {summary}" if sheet.mark else summary)
    if sheet.mark:
        event.add("status", "TENTATIVE")
    if stop.address:
        event.add("location", stop.address)
    event.add("description", stop_text(sheet, stop))
    event.add("categories", [stop.kind_text, route.team_name])
    event.add("class", "CONFIDENTIAL")
    if sheet.datum is Datum.WGS84:
        event.add("geo", (stop.lat, stop.lon))
    return event
