"""Random inputs, and what is true of their results, computed without the portal."""

from __future__ import annotations

import string
from typing import Any

import numpy as np
from pyproj import Geod

GEOD = Geod(ellps="WGS84")
#: Metres in one unit, by definition.
UNITS = {
    "esriMeters": 1.0,
    "esriKilometers": 1000.0,
    "esriNauticalMiles": 1852.0,
    "esriIntFeet": 0.3048,
}
_LETTERS = np.array(list(string.ascii_letters + " '\"<&%+-_äßéЖ日"))


class Draw:
    """Draws of one random generator."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def text(self) -> str:
        """Return a text with characters that forms and JSON must escape."""
        return "n" + "".join(self.rng.choice(_LETTERS, self.rng.integers(3, 20)))

    def distance(self) -> tuple[dict[str, Any], float]:
        """Return a distance of 200 m to 20 km as GPLinearUnit, and its metres."""
        metres = float(self.rng.uniform(200, 20_000))
        unit = str(self.rng.choice(list(UNITS)))
        distance = round(metres / UNITS[unit], 3)
        return {"distance": distance, "units": unit}, distance * UNITS[unit]

    def points(self) -> dict[str, Any]:
        """Return a feature set of 2 to 6 points in WGS 84, away from the poles."""
        features = [
            {
                "geometry": {
                    "x": float(self.rng.uniform(-170, 170)),
                    "y": float(self.rng.uniform(-75, 75)),
                },
                "attributes": {
                    "name": self.text(),
                    "size": int(self.rng.integers(-1000, 1000)),
                },
            }
            for _ in range(self.rng.integers(2, 7))
        ]
        return {
            "geometryType": "esriGeometryPoint",
            "spatialReference": {"wkid": 4326},
            "fields": [
                {"name": "name", "type": "esriFieldTypeString", "alias": "name"},
                {"name": "size", "type": "esriFieldTypeInteger", "alias": "size"},
            ],
            "features": features,
        }

    def table(self) -> dict[str, Any]:
        """Return a record set of 1 to 4 rows."""
        rows = self.points()["features"][: self.rng.integers(1, 5)]
        return {
            "fields": self.points()["fields"],
            "features": [{"attributes": row["attributes"]} for row in rows],
        }

    def values(self) -> dict[str, Any]:
        """Return an input of Echo for each data type that is no feature or file."""
        return {
            "In_String": self.text(),
            "In_Long": int(self.rng.integers(-(2**31), 2**31)),
            "In_Double": float(self.rng.normal()),
            "In_Boolean": bool(self.rng.integers(2)),
            "In_Date": int(self.rng.integers(-(10**11), 10**12)),
            "In_Unit": self.distance()[0],
            "In_Area": {"area": 1.5, "units": "esriHectares"},
            "In_Time": {"time": 3, "units": "esriTimeUnitsHours"},
            "In_Multi": [self.text() for _ in range(3)],
            "In_Choice": "Green",
            "In_Longs": [int(one) for one in self.rng.integers(0, 99, 4)],
        }


def check_buffers(
    buffers: dict[str, Any], points: dict[str, Any], metres: float
) -> None:
    """Assert that each point has its buffer: attributes, place, radius and area.

    The buffers are in WGS 84. Each vertex is ``metres`` away from its point by
    ``pyproj.Geod``, to 1 cm; the area on the ellipsoid is pi r^2 less the 0.16 %
    that a circle of 64 vertices lacks, so to 0.3 %.
    """
    assert buffers["geometryType"] == "esriGeometryPolygon"
    sent, got = points["features"], buffers["features"]
    assert same_attributes(got, sent)
    for point, buffer in zip(sent, got, strict=True):
        [ring] = np.array(buffer["geometry"]["rings"])
        x, y = point["geometry"]["x"], point["geometry"]["y"]
        far = np.full(len(ring), x), np.full(len(ring), y)
        _, _, distances = GEOD.inv(*far, ring[:, 0], ring[:, 1])
        assert np.abs(distances - metres).max() < 0.01
        area, _ = GEOD.polygon_area_perimeter(ring[:, 0], ring[:, 1])
        assert area < 0, "the outer ring of Esri JSON is clockwise"
        assert abs(-area / (np.pi * metres**2) - 1) < 0.003


def mercator(point: dict[str, float]) -> tuple[float, float]:
    """Return a place in WGS 84 in Web Mercator, by the formula of the sphere."""
    radius = 6378137.0
    x, y = np.radians([point["x"], point["y"]])
    return float(radius * x), float(radius * np.log(np.tan(np.pi / 4 + y / 2)))


def same_attributes(got: list[dict[str, Any]], sent: list[dict[str, Any]]) -> bool:
    """Tell if features are as many as sent and carry all attributes of those."""
    names = list(sent[0]["attributes"])
    kept = [{name: one["attributes"].get(name) for name in names} for one in got]
    return kept == [one["attributes"] for one in sent]
