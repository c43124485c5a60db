"""The inputs of the bench: points, and polygons of 50 vertices, anywhere on land."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson


def points(count: int) -> bytes:
    """Return the Esri JSON text of a set of points with two attributes."""
    x, y = _places(count)
    shapes: list[Any] = [
        {"x": a, "y": b} for a, b in zip(x.tolist(), y.tolist(), strict=True)
    ]
    return _text("esriGeometryPoint", shapes)


def polygons(count: int) -> bytes:
    """Return the Esri JSON text of polygons: 50 vertices, about 1 km across."""
    x, y = _places(count)
    angle = np.linspace(0, -2 * np.pi, 50)
    radius = 0.004 * (1 + 0.2 * np.sin(5 * angle))
    rings = np.stack(
        [x[:, None] + radius * np.cos(angle), y[:, None] + radius * np.sin(angle)],
        axis=2,
    )
    rings[:, -1] = rings[:, 0]
    return _text("esriGeometryPolygon", [{"rings": [ring]} for ring in rings])


def _places(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(20)
    return rng.uniform(-170, 170, count), rng.uniform(-75, 75, count)


def _text(geometry_type: str, shapes: list[Any]) -> bytes:
    document = {
        "geometryType": geometry_type,
        "spatialReference": {"wkid": 4326},
        "features": [
            {"geometry": shape, "attributes": {"id": index, "name": f"place {index}"}}
            for index, shape in enumerate(shapes)
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
