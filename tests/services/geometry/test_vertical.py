"""Heights between vertical references."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from services.geometry.crs import SpatialReference, parse_spatial_reference
from services.geometry.features import FeatureSet

pytestmark = pytest.mark.protocol("4 outSR with a vertical part")

NAVD88 = SpatialReference(4326, None, 5703)


def _heights(text: str, source: SpatialReference, target: SpatialReference):
    notes: list[str] = []
    made = FeatureSet.of([shapely.from_wkt(text)], spatial_reference=source)
    moved = made.project(target, notes)
    flat = shapely.get_coordinates(moved.geometries, include_z=True, include_m=True)
    return flat, notes, moved.spatial_reference


@pytest.mark.parametrize("code", [6360, 105703], ids=["EPSG", "Esri"])
@pytest.mark.parametrize(
    "text", ["POINT Z (-99 35 1200)", "LINESTRING ZM (-99 35 1200 7, -98 36 2400 8)"]
)
def test_metres_become_us_survey_feet(text, code):
    target = SpatialReference(102100, None, code)
    flat, notes, reference = _heights(text, NAVD88, target)
    # 1 US survey foot = 1200 / 3937 m (NIST)
    assert flat[:, 2] == pytest.approx([3937.0, 7874.0][: len(flat)])
    assert np.isnan(flat[:, 3]).all() or flat[:, 3].tolist() == [7, 8]
    assert (notes, reference) == ([], target)


def test_heights_become_depths():
    source, target = (
        SpatialReference(4326, None, 5714),
        SpatialReference(4326, None, 5715),
    )
    flat, _, _ = _heights("POINT Z (8 47 30)", source, target)
    assert flat[0, 2] == -30


@pytest.mark.parametrize(
    ("source", "target", "word"),
    [
        (SpatialReference(4326), SpatialReference(4326, None, 5703), "no vertical"),
        (NAVD88, SpatialReference(4326, None, 5773), "needs a grid"),
        (NAVD88, SpatialReference(4326, None, 115700), "needs a grid"),
        (NAVD88, SpatialReference(4326, None, 999999), "nothing is known"),
    ],
)
def test_what_cannot_be_done_is_said_and_z_kept(source, target, word):
    flat, notes, _ = _heights("POINT Z (-99 35 100)", source, target)
    assert flat[0, 2] == 100
    assert word in notes[-1]
    assert "z was kept" in notes[-1]


def test_a_target_without_a_vertical_part_leaves_heights_and_their_name():
    flat, notes, reference = _heights(
        "POINT Z (-99 35 100)", NAVD88, SpatialReference(3857)
    )
    assert flat[0, 2] == 100
    assert (notes, reference) == ([], SpatialReference(3857, None, 5703))


@pytest.mark.parametrize("key", ["vcsWkid", "latestVcsWkid"])
@pytest.mark.protocol("6.8 vertical codes of a spatial reference")
def test_the_vertical_part_is_read_and_written(key):
    made = parse_spatial_reference({"wkid": 4326, key: 5703})
    assert made == NAVD88
    assert made.to_json() == {
        "wkid": 4326, "latestWkid": 4326, "vcsWkid": 5703, "latestVcsWkid": 5703,
    }  # fmt: skip
