"""Spatial references: codes and short WKT, never a text of PROJ, a file or a grid."""

from __future__ import annotations

import contextlib

from services.datatypes.reference import GPCoordinateSystem, GPSpatialReference
from services.environment import spatial_reference
from services.errors import InvalidValue
from tests.bad_input_gen import build
from tests.corpus import cases

_ESRI = (
    b'{"wkt": "GEOGCS[\\"GCS_WGS_1984\\",DATUM[\\"D_WGS_1984\\",SPHEROID[\\"WGS_1984\\",'
    b'6378137.0,298.257223563]],PRIMEM[\\"Greenwich\\",0.0],UNIT[\\"Degree\\",0.0174]]"}'
)
SEEDS = [
    b"4326", b'{"wkid": 102100, "latestWkid": 3857}', b'{"name": "WGS 84"}', _ESRI,
    b'{"wkid": 4326, "vcsWkid": 5773}', b'{"wkt": "+proj=merc"}', b'{"name": "NAD27"}',
    *(str(build(case)).encode()[:4000] for case in cases("spatial-reference")),
]  # fmt: skip
_KINDS = (GPSpatialReference(), GPCoordinateSystem())


def check(data: bytes) -> None:
    for kind in _KINDS:
        try:
            found = kind.parse(data)
        except InvalidValue:
            continue
        assert found.wkt is None or "+proj" not in found.wkt.lower()
        assert found.crs.is_geographic or found.crs.is_projected
        found.to_json()
    with contextlib.suppress(InvalidValue):
        spatial_reference(data.decode("utf-8", "replace"), "outSR")
