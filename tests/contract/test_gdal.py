"""GDAL reads results over HTTP, all pages of them."""

from __future__ import annotations

import pytest

from tests.clients.test_gdal import read_layer
from tests.contract.outcomes import DISCS, MANY, Outcomes

pytestmark = pytest.mark.contract
QUERY = "query?where=1%3D1&outFields=*&f=json&resultRecordCount"


@pytest.mark.protocol("9 GDAL: a hosted layer page by page")
def test_every_feature_of_a_hosted_layer_comes_once(results: Outcomes):
    found = read_layer(f"ESRIJSON:{results.layer}/{QUERY}=1000")
    assert found["count"] == MANY
    assert sorted(found["names"]) == sorted(f"place {at}" for at in range(MANY))
    assert found["crs"] == "EPSG:4326"


@pytest.mark.protocol("9 GDAL: a layer of a result map")
def test_the_layer_of_a_map_is_read_like_a_feature_layer(results: Outcomes):
    found = read_layer(f"ESRIJSON:{results.map}/0/{QUERY}=2")
    assert found["count"] == len(DISCS)
    assert found["geometry"] in ("Polygon", "MultiPolygon")
