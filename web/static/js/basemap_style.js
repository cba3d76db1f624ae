// How the base map is drawn: by basemap.js in a page, by web/map_style.py as pictures.
// All that follows "export default" is JSON. Colours are names of css/colours.css; sizes and widths
// are pixels. "from" and "to" are the first zoom and the last; "low" and "high" widths at 12 and 18.
export default {
  "land": {
    "forest": "map-wood",
    "wood": "map-wood",
    "scrub": "map-scrub",
    "grass": "map-grass",
    "meadow": "map-grass",
    "park": "map-park",
    "farmland": "map-farmland",
    "orchard": "map-orchard",
    "residential": "map-residential",
    "industrial": "map-industrial",
    "commercial": "map-commercial",
    "retail": "map-commercial",
    "school": "map-school",
    "cemetery": "map-cemetery",
    "beach": "map-sand",
    "sand": "map-sand"
  },
  "streams": [
    { "kinds": ["river"], "low": 2.5, "high": 16 },
    { "kinds": ["canal", "stream", "ditch", "drain"], "low": 0.9, "high": 5 }
  ],
  "buildings": { "from": 14, "edge": 0.6 },
  "roads": [
    { "kinds": ["track", "path", "footway", "cycleway", "steps", "pedestrian"], "from": 15, "fill": "map-road", "casing": "map-path-edge", "low": 0.4, "high": 5 },
    { "kinds": ["service"], "from": 15, "fill": "map-road", "casing": "map-path-edge", "low": 0.5, "high": 8 },
    { "kinds": ["residential", "unclassified", "living_street", "road", "other"], "from": 13, "fill": "map-road", "casing": "map-road-edge", "low": 0.8, "high": 13 },
    { "kinds": ["tertiary", "tertiary_link"], "from": 11, "fill": "map-road", "casing": "map-tertiary-edge", "low": 1.4, "high": 15 },
    { "kinds": ["secondary", "secondary_link"], "from": 10, "fill": "map-secondary", "casing": "map-secondary-edge", "low": 1.8, "high": 16 },
    { "kinds": ["primary", "primary_link"], "from": 8, "fill": "map-primary", "casing": "map-primary-edge", "low": 2.1, "high": 17 },
    { "kinds": ["trunk", "trunk_link"], "from": 7, "fill": "map-trunk", "casing": "map-trunk-edge", "low": 2.4, "high": 17 },
    { "kinds": ["motorway", "motorway_link"], "from": 6, "fill": "map-motorway", "casing": "map-motorway-edge", "low": 2.6, "high": 18 }
  ],
  "casings": { "from": 11, "low": 1, "high": 1.6 },
  "rail": { "from": 9, "low": 1.3, "high": 4, "dash_from": 13, "dash": 8, "dash_low": 0.6, "dash_high": 2.4 },
  "halo": 1.2,
  "labels": [
    { "layer": "places", "on": "point", "kinds": ["city", "county"], "from": 7, "to": 13, "size": 17, "weight": 650, "colour": "map-city-name" },
    { "layer": "places", "on": "point", "kinds": ["town", "township", "suburb"], "from": 8, "to": 16, "size": 14, "weight": 620, "colour": "map-town-name" },
    { "layer": "places", "on": "point", "kinds": ["village", "quarter", "neighbourhood"], "from": 12, "to": 18, "size": 12.5, "weight": 520, "colour": "map-village-name" },
    { "layer": "places", "on": "point", "kinds": ["hamlet", "group", "isolated_dwelling", "locality"], "from": 14, "to": 19, "size": 11.5, "weight": 450, "colour": "map-hamlet-name" },
    { "layer": "roads", "on": "line", "kinds": ["tertiary", "tertiary_link", "secondary", "secondary_link", "primary", "primary_link", "trunk", "trunk_link", "motorway", "motorway_link"], "from": 13, "to": 20, "size": 11.5, "weight": 500, "colour": "map-road-name" },
    { "layer": "roads", "on": "line", "kinds": ["track", "path", "footway", "cycleway", "steps", "pedestrian", "service", "residential", "unclassified", "living_street", "road", "other"], "from": 16, "to": 20, "size": 11, "weight": 450, "colour": "map-lane-name" },
    { "layer": "water", "on": "line", "kinds": [], "from": 12, "to": 20, "size": 12, "weight": 450, "colour": "map-water-name" },
    { "layer": "water", "on": "area", "kinds": [], "from": 10, "to": 20, "size": 12, "weight": 450, "colour": "map-water-name" },
    { "layer": "pois", "on": "point", "kinds": [], "rank": 0, "from": 13, "to": 20, "size": 11, "weight": 480, "colour": "map-poi-name" },
    { "layer": "pois", "on": "point", "kinds": [], "from": 16, "to": 20, "size": 11, "weight": 480, "colour": "map-poi-name" }
  ]
};
