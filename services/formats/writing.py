"""Feature outputs to the bytes of a format; runs in the child process."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from services.environment import Environment, finish
from services.formats.esripbf import dump_pbf
from services.formats.geojson import feature_collection
from services.formats.kmz import dump_kmz
from services.geometry.features import FeatureSet


def write_features(
    format_name: str,
    layers: Sequence[tuple[str, FeatureSet]],
    environment: Environment,
    limit: int,
) -> bytes:
    """Return the layers (name, features) as ``geojson``, ``kmz`` or ``pbf``.

    GeoJSON and KMZ are on WGS 84 whatever ``outSR`` says; a protocol buffer is not.
    """
    with_z = environment.return_z
    if format_name == "geojson":
        document = feature_collection(layers, with_z=with_z, limit=limit)
        return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
    if format_name == "kmz":
        return dump_kmz(layers, with_z=with_z, limit=limit)
    features = finish(layers[0][1], environment)
    return dump_pbf(features, with_z=with_z, with_m=environment.return_m, limit=limit)
