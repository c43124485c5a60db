"""What an uploaded item holds, read before it is used."""

from __future__ import annotations

import pyogrio.raw
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.conftest import ROOT

UPLOADS = f"{ROOT}/Toys/Service/GPServer/uploads"


@pytest.fixture(autouse=True)
def service(published):
    return published("toys.Fail", uploads=True)


def contents(name, data, **asked):
    """Upload a file and ask what it holds."""
    file = SimpleUploadedFile(name, data)
    sent = Client().post(f"{UPLOADS}/upload", {"f": "json", "file": file}).json()
    url = f"{UPLOADS}/{sent['item']['itemID']}/contents"
    return Client().get(url, {"f": "json"} | asked).json()


def test_a_geopackage_says_what_it_has(tmp_path):
    path = tmp_path / "parcels.gpkg"
    squares = shapely.to_wkb([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)])
    pyogrio.raw.write(
        path, squares, [], fields=[], geometry_type="Polygon", crs="EPSG:25832",
        driver="GPKG",
    )  # fmt: skip
    found = contents("parcels.gpkg", path.read_bytes())
    assert found["count"] == 2
    assert found["geometryType"] == "esriGeometryPolygon"
    assert found["spatialReference"]["wkid"] == 25832


def test_a_table_says_its_rows_and_fields():
    found = contents("towns.csv", b"name,people\nUlm,126000\n", table="true")
    assert found["count"] == 1
    assert [one["name"] for one in found["fields"]][-2:] == ["name", "people"]


def test_a_file_that_is_broken_is_refused_in_words():
    broken = b'{"type": "FeatureCollection", "features": ['
    error = contents("broken.geojson", broken)["error"]
    assert error["code"] == 400
    assert "JSON" in " ".join([error["message"], *error["details"]])
