"""Builds the values of the corpus of bad requests (tests/data/bad_inputs.json).

A case has a literal ``value`` or a ``generator``: a Python expression over the
functions of this module. Everything is deterministic.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
import random
from collections.abc import Callable, Mapping
from typing import Any

from tests import bad_file_gen as files

Geometry = dict[str, Any]
Ring = list[list[Any]]

_DEGREES = {"wkid": 4326}
_METRES = {"wkid": 3857}
_POLYGON = "esriGeometryPolygon"
_POLYLINE = "esriGeometryPolyline"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/json"}
_BUILTINS = {"range": range, "str": str, "True": True, "False": False, "None": None}


def build(case: Mapping[str, Any]) -> Any:
    """Return a case's value: parameter text, or a dict that describes a request."""
    if "generator" in case:
        return evaluate(case["generator"])
    return case["value"]


def evaluate(expression: str) -> Any:
    """Return what an expression over this module's functions makes."""
    return eval(expression, {"__builtins__": _BUILTINS, **_NAMES})


def point(x: Any, y: Any, **members: Any) -> Geometry:
    return {"x": x, "y": y, **members}


def line(*paths: Ring) -> Geometry:
    return {"paths": [[list(vertex) for vertex in path] for path in paths]}


def polygon(*rings: Ring) -> Geometry:
    return {"rings": [[list(vertex) for vertex in ring] for ring in rings]}


def box(west: float, south: float, east: float, north: float) -> Ring:
    """A closed clockwise ring: an outer one in Esri's order."""
    return [[west, south], [west, north], [east, north], [east, south], [west, south]]


def hole(west: float, south: float, east: float, north: float) -> Ring:
    return box(west, south, east, north)[::-1]


def feature(geometry: Geometry, **attributes: Any) -> dict[str, Any]:
    return {"geometry": geometry, "attributes": {"OBJECTID": 1, **attributes}}


def feature_set(
    geometries: list[Any],
    kind: Any = "esriGeometryPoint",
    sr: Any = _DEGREES,
    **members: Any,
) -> dict[str, Any]:
    document = {
        "geometryType": kind,
        "spatialReference": sr,
        "fields": [
            {"name": "OBJECTID", "type": "esriFieldTypeOID", "alias": "OBJECTID"}
        ],
        "features": [
            {"geometry": geometry, "attributes": {"OBJECTID": index + 1}}
            for index, geometry in enumerate(geometries)
        ],
    }
    if sr is None:
        del document["spatialReference"]
    return document | members


def good() -> str:
    """One point: features that nothing is wrong with."""
    return json.dumps(feature_set([point(10, 50)]))


def raw_point(x: str, y: str = "50") -> str:
    """Feature set text with coordinates spelled as given."""
    return (
        '{"geometryType":"esriGeometryPoint","spatialReference":{"wkid":4326},'
        f'"features":[{{"geometry":{{"x":{x},"y":{y}}},"attributes":{{}}}}]}}'
    )


def with_reference(sr: Any) -> str:
    return json.dumps(feature_set([point(10, 50)], sr=sr))


def _scatter(count: int) -> Ring:
    chance = random.Random(1)
    return [[chance.random(), chance.random()] for _ in range(count)]


def _polygons(geometries: list[Geometry], sr: Any = _DEGREES) -> str:
    return json.dumps(feature_set(geometries, _POLYGON, sr))


def _lines(geometries: list[Geometry], sr: Any = _DEGREES) -> str:
    return json.dumps(feature_set(geometries, _POLYLINE, sr))


def random_line(count: int) -> str:
    return _lines([line(_scatter(count))])


def random_ring(count: int) -> str:
    ring = _scatter(count)
    return _polygons([polygon([*ring, ring[0]])])


def circle(count: int, depth: float = 0.0) -> str:
    """A clockwise polygon round the origin; every other vertex is ``depth`` out."""
    ring = []
    for index in range(count):
        angle, radius = -2 * math.pi * index / count, 1 + depth * (index % 2)
        ring.append([radius * math.cos(angle), radius * math.sin(angle)])
    return _polygons([polygon([*ring, ring[0]])])


def star(count: int) -> str:
    return circle(count, 0.5)


def zigzag(count: int) -> str:
    return _lines([line([[i * 1e-3, (i % 2) * i * 1e-3] for i in range(count)])])


def spikes(count: int) -> str:
    teeth = [[i % 2, i * 1e-5] for i in range(count)]
    return _polygons([polygon([[0, 0], *teeth, [-1, 1], [0, 0]])])


def combs(teeth: int) -> str:
    """Two valid polygons that share ``teeth`` squared squares."""
    upright = [box(i, 0, i + 0.5, teeth) for i in range(teeth)]
    level = [box(0, i, teeth, i + 0.5) for i in range(teeth)]
    return _polygons([polygon(*upright), polygon(*level)], _METRES)


def holes(count: int) -> str:
    inner = [
        hole(i + 0.25, j + 0.25, i + 0.75, j + 0.75)
        for i in range(count)
        for j in range(count)
    ]
    return _polygons([polygon(box(0, 0, count, count), *inner)], _METRES)


def points(count: int) -> str:
    return json.dumps(feature_set([point(x, y) for x, y in _scatter(count)]))


def multipoint(count: int, same: bool = False) -> str:
    places = [[0, 0]] * count if same else _scatter(count)
    return json.dumps(feature_set([{"points": places}], "esriGeometryMultipoint"))


def squares(count: int) -> str:
    return _polygons([polygon(box(0, 0, 1, 1))] * count)


def grid_lines(count: int) -> str:
    upright = [line([[i + 0.5, 0], [i + 0.5, count]]) for i in range(count)]
    level = [line([[0, i + 0.5], [count, i + 0.5]]) for i in range(count)]
    return _lines(upright + level, _METRES)


def request(
    method: str = "POST",
    path: str = "",
    query: str = "",
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> dict[str, Any]:
    """Describe an HTTP request; ``members`` as the case has them (body, raw, …)."""
    return {"method": method, "path": path, "query": query,
            "headers": dict(headers or {}), **members}  # fmt: skip


#: What the corpus calls our functions.
_NAMES: dict[str, Callable[..., Any] | Any] = {
    "J": json.dumps, "SR": _DEGREES, "FORM": _FORM, "JSN": _JSON,
    "base64": base64, "gzip": gzip,
    "pt": point, "line": line, "poly": polygon, "box": box, "hole": hole,
    "feat": feature, "fs": feature_set, "good": good, "raw_pt": raw_point,
    "with_sr": with_reference, "rnd_line": random_line, "rnd_ring": random_ring,
    "circle": circle, "star": star, "zigzag": zigzag, "spikes": spikes,
    "combs": combs, "holes": holes, "points": points, "multipoint": multipoint,
    "squares": squares, "grid_lines": grid_lines, "req": request,
    "zipb": files.zipped, "zip_bomb": files.zip_bomb, "zip_symlink": files.zip_symlink,
    "zip_encrypted": files.zip_encrypted, "shp_header": files.shp_header,
    "shp_huge_parts": files.shp_huge_parts, "dbf_huge": files.dbf_huge,
    "gpkg_like": files.broken_sqlite, "laughs": files.laughs, "XXE": files.XXE,
    "VRT_FILE": files.VRT_FILE, "gj_nested": files.geojson_nested,
    "wkt_nested": files.wkt_nested, "wkb_nested": files.wkb_nested,
}  # fmt: skip
