"""A plan as GPX 1.1: a way point a stop, a track a route."""

from __future__ import annotations

import gpxpy.gpx

from data.exports.describe import stop_text
from data.exports.model import PlanSheet, RouteSheet, StopSheet

__all__ = ["render"]


def render(sheet: PlanSheet) -> bytes:
    """Return GPX with stops as way points and routes, and paths as tracks.

    The description names the datum.
    """
    file = gpxpy.gpx.GPX()
    file.creator = "Fieldwrit"
    file.name = sheet.title
    file.description = sheet.datum_text
    file.time = sheet.made_at
    for route in sheet.routes:
        _add_route(file, sheet, route)
    return str(file.to_xml(version="1.1")).encode()


def _add_route(file: gpxpy.gpx.GPX, sheet: PlanSheet, route: RouteSheet) -> None:
    heading = f"{route.day.isoformat()} {route.team_name}"
    name = f"{sheet.mark} {heading}" if sheet.mark else heading
    line = gpxpy.gpx.GPXRoute(name=name)
    for stop in route.stops:
        file.waypoints.append(_waypoint(sheet, route, stop))
        line.points.append(
            gpxpy.gpx.GPXRoutePoint(stop.lat, stop.lon, time=stop.arrival, name=stop.title)
        )
    file.routes.append(line)
    if route.path_lonlat is not None and len(route.path_lonlat):
        points = [
            gpxpy.gpx.GPXTrackPoint(float(lat), float(lon))
            for lon, lat in route.path_lonlat.round(7)
        ]
        track = gpxpy.gpx.GPXTrack(name=name)
        track.segments.append(gpxpy.gpx.GPXTrackSegment(points))
        file.tracks.append(track)


def _waypoint(sheet: PlanSheet, route: RouteSheet, stop: StopSheet) -> gpxpy.gpx.GPXWaypoint:
    return gpxpy.gpx.GPXWaypoint(
        stop.lat,
        stop.lon,
        time=stop.arrival,
        name=f"{route.team_name} {stop.heading}",
        description=stop_text(sheet, stop),
        type=stop.kind.value,
    )
