"""The floor: what the libraries cost for the same work, in one process.

orjson reads, arrays, the geometry operation, arrays, orjson writes; no HTTP, no
checks, no attributes typed, no record. The collector is off, as in the portal.
"""

from __future__ import annotations

import gc
import time
from itertools import chain

import numpy as np
import orjson
import shapely

from services.geometry.crs import WGS84
from services.geometry.ground import ground_buffer

METRES = 1000.0


def seconds(text: bytes) -> float:
    """Return the seconds that the floor needs for a buffer of a feature set."""
    gc.collect()
    gc.disable()
    began = time.perf_counter()
    features = orjson.loads(text)["features"]
    if "x" in features[0]["geometry"]:
        xy = np.array([[f["geometry"]["x"], f["geometry"]["y"]] for f in features])
        shapes = shapely.points(xy)
    else:
        rings = [f["geometry"]["rings"][0] for f in features]
        flat = np.fromiter(chain.from_iterable(chain.from_iterable(rings)), float)
        ends = np.concatenate([[0], np.cumsum([len(ring) for ring in rings])])
        faces = np.arange(len(rings) + 1)
        shapes = shapely.from_ragged_array(
            shapely.GeometryType.POLYGON, flat.reshape(-1, 2), (ends, faces)
        )
    made = ground_buffer(shapes, WGS84, METRES)
    made = shapely.orient_polygons(made, exterior_cw=True)
    parts, owner = shapely.get_parts(made, return_index=True)
    coordinates = shapely.get_coordinates(parts)
    ends = np.cumsum(shapely.get_num_coordinates(parts)).tolist()
    answers: list[dict[str, object]] = [{"rings": []} for _ in features]
    for row, start, end in zip(owner.tolist(), [0, *ends[:-1]], ends, strict=True):
        answers[row]["rings"].append(coordinates[start:end])  # type: ignore[attr-defined]
    out = [
        {"attributes": feature["attributes"], "geometry": answer}
        for feature, answer in zip(features, answers, strict=True)
    ]
    orjson.dumps({"features": out}, option=orjson.OPT_SERIALIZE_NUMPY)
    took = time.perf_counter() - began
    gc.enable()
    return took
