"""The features of an input on a small map over the outlines of land, drawn as SVG.

A child process reads the input, as for everybody who asks for it; what comes back is
GeoJSON of ours.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from jobs.models import Job
from jobs.processes.answers import taken
from jobs.runs.execution import read_input
from services.data import countries
from services.errors import GPError

_WIDTH, _HEIGHT = 420, 260
_MARGIN = 0.15  # of the extent, at each side
_LEAST = 0.02  # degrees that are seen at least
_MOST_BYTES = 4_000_000
_MOST_SHAPES = 5_000


def input_map(job: Job, name: str) -> bytes:
    """Return a picture of an input; of a sentence if it cannot be drawn."""
    try:
        text = taken(read_input(job, name, "geojson"))
    except (GPError, OSError) as exc:
        return _sentence(str(exc) if isinstance(exc, GPError) else "its file is gone")
    if len(text) > _MOST_BYTES:
        return _sentence("it is too large to draw here")
    shapes = shapely.get_parts(shapely.from_geojson(text))
    shapes = shapes[~shapely.is_empty(shapes) & ~shapely.is_missing(shapes)]
    if not len(shapes):
        return _sentence("it has no geometry")
    return _drawn(shapes).encode()


def _sentence(text: str) -> bytes:
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="40">'
        '<rect width="100%" height="100%" fill="#eef2f4"/><text x="10" y="25"'
        ' font-family="sans-serif" font-size="13" fill="#17232b">No map: {}</text>'
        "</svg>",
        _WIDTH, text[:90],
    ).encode()  # fmt: skip


def _drawn(shapes: np.ndarray) -> str:
    west, south, east, north = _extent(shapely.total_bounds(shapes))
    scale = np.array([_WIDTH / (east - west), -_HEIGHT / (north - south)])
    origin = np.array([west, north])

    def placed(geometries: np.ndarray) -> np.ndarray:
        seen = shapely.clip_by_rect(geometries, west, south, east, north)
        drawn: np.ndarray = shapely.transform(seen, lambda xy: (xy - origin) * scale)
        return drawn

    land = placed(_land())
    kinds = shapely.get_dimensions(shapes)
    features = placed(shapely.simplify(shapes[:_MOST_SHAPES], (east - west) / 2000))
    kinds = kinds[:_MOST_SHAPES]
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" width="{0}"'
        ' height="{1}"><rect width="100%" height="100%" fill="#d3e4ec"/>'
        '<path d="{2}" fill="#f4f1e8" stroke="#a9a28c" stroke-width=".7"/>'
        '<path d="{3}" fill="#b5179e" fill-opacity=".35" stroke="#8a0f78"'
        ' stroke-width="1.5"/><path d="{4}" fill="none" stroke="#8a0f78"'
        ' stroke-width="2"/><path d="{5}" stroke="#8a0f78" stroke-width="9"'
        ' stroke-linecap="round"/><text x="{6}" y="{7}" text-anchor="end"'
        ' font-family="sans-serif" font-size="10" fill="#4a4636">Natural Earth'
        "</text></svg>",
        _WIDTH, _HEIGHT, _path(land), _path(features[kinds == 2]),
        _path(features[kinds == 1]), _dots(features[kinds == 0]), _WIDTH - 6,
        _HEIGHT - 6,
    )  # fmt: skip


def _extent(bounds: np.ndarray) -> tuple[float, float, float, float]:
    """Return bounds with a margin, in the proportions of the picture."""
    west, south, east, north = (float(one) for one in bounds)
    width = max(east - west, _LEAST) * (1 + 2 * _MARGIN)
    height = max(north - south, _LEAST) * (1 + 2 * _MARGIN)
    width = max(width, height * _WIDTH / _HEIGHT)
    height = width * _HEIGHT / _WIDTH
    x, y = (west + east) / 2, (south + north) / 2
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


@lru_cache(maxsize=1)
def _land() -> np.ndarray:
    geometries: np.ndarray = countries().geometries
    return geometries


def _path(geometries: np.ndarray) -> SafeString:
    """Return the lines of geometries as commands of an SVG path."""
    lines = shapely.get_parts(geometries)
    is_area = shapely.get_dimensions(lines) == 2
    rings = shapely.get_rings(lines[is_area])
    text = _commands(np.concatenate([rings, lines[~is_area]]))
    return mark_safe(text)


def _commands(lines: np.ndarray) -> str:
    points, line = shapely.get_coordinates(lines, return_index=True)
    first = np.diff(line, prepend=-1) != 0
    points = np.round(points, 1)
    return "".join(
        f"{'M' if begins else 'L'}{x:g} {y:g}"
        for begins, (x, y) in zip(first.tolist(), points.tolist(), strict=True)
    )


def _dots(geometries: np.ndarray) -> SafeString:
    """Return points as lines of no length: their round ends are seen."""
    points = np.round(shapely.get_coordinates(geometries), 1).tolist()
    text = "".join(f"M{x:g} {y:g}h0" for x, y in points)
    return mark_safe(text)
