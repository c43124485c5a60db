"""Features as KMZ, read back by GDAL's KML driver and by the parser of XML."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pyogrio
import pytest
import shapely

from services.errors import LimitExceeded
from services.formats.kmz import dump_kmz
from services.geometry.crs import WEB_MERCATOR
from services.geometry.features import FeatureSet
from tests.shapes import SHAPES, features, shape

pytestmark = pytest.mark.protocol("0.3 f=kmz")

KML = "{http://www.opengis.net/kml/2.2}"


def _packed(*layers: FeatureSet, **options: object) -> bytes:
    named = [(f"Layer{number}", one) for number, one in enumerate(layers)]
    return dump_kmz(named, **{"with_z": True} | options)


def _tree(body: bytes) -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(body)) as kmz:
        assert kmz.namelist() == ["doc.kml"]
        return ElementTree.fromstring(kmz.read("doc.kml"))


def _read_by_gdal(body: bytes, folder: Path, layer: str = "Layer0"):
    path = folder / "written.kmz"
    path.write_bytes(body)
    return pyogrio.read_dataframe(path, layer=layer)


@pytest.mark.parametrize("name", [name for name in SHAPES
                                  if "empty" not in name and "antimeridian" not in name])  # fmt: skip
def test_gdal_reads_every_geometry(name, tmp_path):
    body = _packed(FeatureSet.of([shape(name)], {"n": ["a"]}))
    found = shapely.force_2d(_read_by_gdal(body, tmp_path).geometry[0])
    assert shapely.equals(found, shapely.force_2d(shape(name)))


def test_gdal_reads_the_attributes(tmp_path):
    made = features("POINT (1 2)", "POINT (3 4)", city=["Zürich", "a & <b>"],
                    visibility=[1, None], size=[0.5, 2.0])  # fmt: skip
    found = _read_by_gdal(_packed(made), tmp_path)
    assert found["city"].tolist() == ["Zürich", "a & <b>"]
    assert found["size"].astype(float).tolist() == [0.5, 2.0]


def test_every_attribute_is_extended_data_and_null_is_left_out():
    made = features("POINT (1 2)", name=["x"], visibility=[None], description=["<b>"])
    mark = _tree(_packed(made)).find(f".//{KML}Placemark")
    found = {one.get("name"): one.text for one in mark.iter(f"{KML}SimpleData")}
    assert found == {"name": "x", "description": "<b>"}
    assert mark.findtext(f"{KML}name") == "x"


def test_dates_are_iso_8601_in_utc():
    when = pa.array([1199145600000], pa.timestamp("ms", "UTC"))
    tree = _tree(_packed(FeatureSet.of([shapely.Point(1, 2)], {"when": when})))
    text = tree.findtext(f".//{KML}SimpleData")
    assert text == "2008-01-01T00:00:00.000Z"  # gpserver-rest 6.6


def test_text_that_xml_cannot_hold_is_replaced():
    tree = _tree(_packed(features("POINT (1 2)", n=["a\x0bb"])))
    assert tree.findtext(f".//{KML}SimpleData") == "a\N{REPLACEMENT CHARACTER}b"


def test_coordinates_are_degrees_and_heights():
    made = FeatureSet.of(
        [shapely.Point(2782987.26983, 8399737.88982, 12.5)],
        spatial_reference=WEB_MERCATOR,
    )
    text = _tree(_packed(made)).findtext(f".//{KML}coordinates")
    assert [float(n) for n in text.split(",")] == pytest.approx([25, 60, 12.5])


def test_each_layer_is_a_document():
    tree = _tree(_packed(features("POINT (1 2)"), features("POINT (3 4)", None)))
    layers = tree.findall(f"{KML}Document/{KML}Document")
    assert [one.findtext(f"{KML}name") for one in layers] == ["Layer0", "Layer1"]
    assert [len(one.findall(f"{KML}Placemark")) for one in layers] == [1, 2]


def test_beyond_the_limit_there_is_no_file():
    with pytest.raises(LimitExceeded, match="Layer0 has 2 features"):
        _packed(features("POINT (1 2)", "POINT (3 4)"), limit=1)
