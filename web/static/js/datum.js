// Datums of Chinese maps. Points stay WGS84; a map in another datum draws them where it wants them.
//
// The same sums as geo/datum_loops.py: GCJ-02 moves a WGS84 point by sines of its position, BD-09
// turns and stretches that. The way back takes the error off until nothing is left of it.

const WEST = 72.004;
const EAST = 137.8347;
const SOUTH = 0.8293;
const NORTH = 55.8271;
const KRASOVSKY_M = 6378245;
const KRASOVSKY_E2 = 0.00669342162296594323;
const BD09_TURN = (Math.PI * 3000) / 180;
const ROUNDS = 8; // each leaves under a hundredth of the error
const STEPS = { wgs84: 0, cgcs2000: 0, gcj02: 1, bd09: 2 };

const { sin, cos, sqrt, abs, hypot, atan2, PI } = Math;

function toGcj02([lon, lat]) {
  const x = lon - 105;
  const y = lat - 35;
  const high = 20 * sin(6 * PI * x) + 20 * sin(2 * PI * x);
  let east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x));
  east += (2 / 3) * (high + 20 * sin(PI * x) + 40 * sin((PI * x) / 3) + 150 * sin((PI * x) / 12) + 300 * sin((PI * x) / 30));
  let north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x));
  north += (2 / 3) * (high + 20 * sin(PI * y) + 40 * sin((PI * y) / 3) + 160 * sin((PI * y) / 12) + 320 * sin((PI * y) / 30));
  const angle = (lat * PI) / 180;
  const magic = 1 - KRASOVSKY_E2 * sin(angle) ** 2;
  const meridian_m = (KRASOVSKY_M * (1 - KRASOVSKY_E2)) / (magic * sqrt(magic));
  const parallel_m = (KRASOVSKY_M / sqrt(magic)) * cos(angle);
  return [lon + ((east / parallel_m) * 180) / PI, lat + ((north / meridian_m) * 180) / PI];
}

function toBd09([lon, lat]) {
  const far = hypot(lon, lat) + 0.00002 * sin(lat * BD09_TURN);
  const angle = atan2(lat, lon) + 0.000003 * cos(lon * BD09_TURN);
  return [far * cos(angle) + 0.0065, far * sin(angle) + 0.006];
}

function back(point, forth) {
  let [lon, lat] = point;
  for (let round = 0; round < ROUNDS; round++) {
    const [east, north] = forth([lon, lat]);
    lon -= east - point[0];
    lat -= north - point[1];
  }
  return [lon, lat];
}

function isInside([lon, lat]) {
  return lon >= WEST && lon <= EAST && lat >= SOUTH && lat <= NORTH;
}

/** Degrees of `datum`, longitude first, for degrees of WGS84. */
export function fromWgs84(point, datum) {
  if (!STEPS[datum] || !isInside(point)) return point;
  const shifted = toGcj02(point);
  return STEPS[datum] === 2 ? toBd09(shifted) : shifted;
}

/** Degrees of WGS84, longitude first, for degrees of `datum`. */
export function toWgs84(point, datum) {
  if (!STEPS[datum] || !isInside(point)) return point;
  return back(STEPS[datum] === 2 ? back(point, toBd09) : point, toGcj02);
}

/** Let a map that lies in `datum` take and give WGS84: marks, lines, clicks, drags and views. */
export function drawIn(map, datum) {
  if (!STEPS[datum]) return;
  const mercator = L.CRS.EPSG3857.projection;
  const centre = map.getCenter();
  map.options.crs = L.extend({}, L.CRS.EPSG3857, {
    code: `EPSG:3857 (${datum})`,
    datum,
    projection: L.extend({}, mercator, {
      project: ({ lat, lng }) => {
        const [lon, north] = fromWgs84([lng, lat], datum);
        return mercator.project(L.latLng(north, lon));
      },
      unproject: (point) => {
        const { lat, lng } = mercator.unproject(point);
        const [lon, north] = toWgs84([lng, lat], datum);
        return L.latLng(north, lon);
      },
    }),
  });
  map.setView(centre, map.getZoom(), { reset: true, animate: false });
}

/** Let a layer whose tiles are cut by WGS84 lie right on a map in another datum. */
export function onWgs84Grid(layer) {
  const bounds = layer._getTiledPixelBounds;
  const position = layer._getTilePos;
  const isMoved = (map) => Boolean(map.options.crs.datum);
  layer._getTiledPixelBounds = function (centre) {
    const seen = bounds.call(this, centre);
    if (!isMoved(this._map)) return seen;
    const { _tileZoom: zoom } = this;
    const off = L.CRS.EPSG3857.latLngToPoint(centre, zoom).subtract(this._map.project(centre, zoom));
    return L.bounds(seen.min.add(off), seen.max.add(off));
  };
  layer._getTilePos = function (coords) {
    if (!isMoved(this._map)) return position.call(this, coords);
    const corner = L.CRS.EPSG3857.pointToLatLng(coords.scaleBy(this.getTileSize()), coords.z);
    return this._map.project(corner, coords.z).subtract(this._level.origin).round();
  };
  return layer;
}
