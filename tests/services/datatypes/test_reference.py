"""GPSpatialReference, GPCoordinateSystem, GPExtent and GPEnvelope."""

from __future__ import annotations

import pyproj
import pytest
from pyproj.network import is_network_enabled

from services.datatypes import data_type
from services.errors import InvalidValue
from services.geometry.crs import SpatialReference
from services.geometry.extents import Envelope, Extent
from services.geometry.references import CoordinateSystem, parse_reference

REFERENCE = data_type("GPSpatialReference")
SYSTEM = data_type("GPCoordinateSystem")
EXTENT = data_type("GPExtent")
ALBERS = pyproj.CRS("ESRI:102003")
BOX = {"xmin": 0, "ymin": 1, "xmax": 2, "ymax": 3}


# Codes and names: EPSG 3857, 4326, 32632, 5773 (EGM96); Esri's names of the same.
@pytest.mark.protocol("6.8 forms of a spatial reference, the first valid one wins")
@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ({"wkid": 102100, "vcsWkid": 5621}, SpatialReference(102100, None, 5621)),
        ({"latestWkid": 3857, "latestVcsWkid": 5773}, SpatialReference(3857, None, 5773)),
        ({"wkid": 102100, "latestWkid": 3857}, SpatialReference(102100)),
        ({"wkid": 1, "latestWkid": 3857}, SpatialReference(3857)),
        ({"wkid": None, "name": "WGS 84"}, SpatialReference(4326)),
        ({"name": "GCS_WGS_1984", "vcsName": "EGM96 height"}, SpatialReference(4326, None, 5773)),
        ({"name": "WGS_1984_Web_Mercator_Auxiliary_Sphere"}, SpatialReference(3857)),
        ({"name": "WGS 84 / UTM zone 32N"}, SpatialReference(32632)),
        ({"name": "USA_Contiguous_Albers_Equal_Area_Conic"}, SpatialReference(102003)),
        ({"projectionFile": "https://e.org/a.prj", "wkid": 4326}, SpatialReference(4326)),
        ("4326", SpatialReference(4326)),
        (4326, SpatialReference(4326)),
        (b'{"wkid": 4326, "vcsWkid": null}', SpatialReference(4326)),
    ],
)  # fmt: skip
def test_references_are_read_in_every_form(raw, value):
    assert REFERENCE.parse(raw) == value
    system = SYSTEM.parse(raw)
    assert isinstance(system, CoordinateSystem)
    assert (system.wkid, system.vcs_wkid) == (value.wkid, value.vcs_wkid)


@pytest.mark.protocol("6.8 wkt and wkt2")
@pytest.mark.parametrize(
    "raw", [{"wkt": ALBERS.to_wkt("WKT1_ESRI")}, {"wkt2": ALBERS.to_wkt("WKT2_2019")}]
)
def test_texts_become_the_wkt_that_clients_read(raw):
    dumped = REFERENCE.dump(REFERENCE.parse(raw))
    assert list(dumped) == ["wkt"]
    assert dumped["wkt"].startswith('PROJCS["USA_Contiguous_Albers_Equal_Area_Conic"')
    assert pyproj.CRS.from_wkt(dumped["wkt"]).equals(ALBERS, ignore_axis_order=True)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({}, "expected a wkid"),
        ([], "wkid must be a whole number"),
        ("WGS 84", "wkid must be a whole number"),
        ({"wkid": "x"}, "wkid must be a whole number"),
        ({"wkid": 1}, "unknown or unsupported wkid 1"),
        ({"wkt": "GEOGCS["}, "wkt"),
        ({"name": "WGS"}, "no coordinate system named 'WGS'"),
        ({"name": "EGM96 height"}, "no coordinate system named"),
        ({"name": "EPSG:4326"}, "no coordinate system named"),
        ({"name": "+proj=longlat"}, "no coordinate system named"),
        ({"name": "/etc/hostname"}, "no coordinate system named"),
        ({"name": 5}, "no coordinate system named"),
        ({"wkid": 4326, "vcsWkid": 4326}, "unknown or unsupported vcsWkid 4326"),
        ({"wkid": 4326, "vcsWkid": True}, "vcsWkid must be a whole number"),
        ({"name": "WGS 84", "vcsName": "WGS 84"}, "no vertical coordinate system named"),
        ({"projectionFile": "https://e.org/a.prj"}, "projection files are not read here"),
        ({"projectionFileItemID": "i1"}, "projection files are not read here"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_reference_is_refused(raw, says):
    with pytest.raises(InvalidValue, match=says):
        REFERENCE.parse(raw)


@pytest.mark.protocol("12.16 spatial_reference in a GPExtent")
@pytest.mark.parametrize("key", ["spatialReference", "spatial_reference"])
@pytest.mark.parametrize(
    ("name", "python"), [("GPExtent", Extent), ("GPEnvelope", Envelope)]
)
def test_both_spellings_of_the_reference_are_read(key, name, python):
    kind = data_type(name)
    made = kind.parse(BOX | {key: {"wkid": 102100}})
    assert made == python(0, 1, 2, 3, SpatialReference(102100))
    assert kind.dump(made)["spatialReference"] == {"wkid": 102100, "latestWkid": 3857}


@pytest.mark.protocol("6.8 z and m of an extent")
def test_an_extent_may_have_z_and_m():
    raw = BOX | {"zmin": "-1", "zmax": 5, "mmin": None, "mmax": 7}
    made = EXTENT.parse(raw)
    assert (made.zmin, made.zmax, made.mmin, made.mmax) == (-1, 5, None, 7)
    assert (made.bounds, made.polygon.area) == ((0, 1, 2, 3), 4)
    assert EXTENT.dump(made) == BOX | {"zmin": -1, "zmax": 5, "mmax": 7}


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({}, "no xmin"),
        (BOX | {"ymax": None}, "no ymax"),
        (BOX | {"xmin": "x"}, "xmin: expected a number"),
        (BOX | {"xmin": True}, "xmin: expected a number"),
        (BOX | {"ymin": "NaN"}, "ymin: expected a finite number"),
        (BOX | {"xmin": 3}, "xmin 3 is above xmax 2"),
        (BOX | {"zmin": 3, "zmax": 2}, "zmin 3 is above zmax 2"),
        (BOX | {"spatialReference": {"wkid": 1}}, "unknown or unsupported wkid"),
        (BOX | {"spatialReference": {"name": "WGS 84"}}, "expected a wkid"),
        ("0,1,2,3", "expected an object with numbers"),
        ([0, 1, 2, 3], "expected an object with numbers"),
    ],
    ids=str,
)
def test_what_is_no_extent_is_refused(raw, says):
    with pytest.raises(InvalidValue, match=says):
        EXTENT.parse(raw)


_WKT = (
    'GEOGCS["g",DATUM["d",SPHEROID["s",6378137,298.25]%s],PRIMEM["G",0],'
    'UNIT["degree",0.0174532925199433]]'
)
_METHOD = (
    'PROJCRS["x",BASEGEOGCRS["g",DATUM["d",ELLIPSOID["s",6378137,298.25]]],'
    'CONVERSION["c",METHOD["%s"]],CS[Cartesian,2],AXIS["e",east],AXIS["n",north],'
    'LENGTHUNIT["m",1]]'
)
_GRID = "us_nga_egm96_15.tif"
ATTACKS = [
    *({"name": name} for name in (
        "/etc/passwd", "file:/etc/passwd", "+proj=merc", "proj=merc", "init=epsg:4326",
        "urn:ogc:def:crs:EPSG::4326", "EPSG:4326", "OGC:CRS84", "WGS 84\0x", "x" * 200,
        "WGS 84+EGM96 height", "Web", "epsg", "pipeline", "noop", "../../proj.db", _GRID,
        f"@{_GRID}", 'GEOGCS["x"]', "{}", "http://127.0.0.1/a.tif",
    )),
    *({key: wkt} for key in ("wkt", "wkt2") for wkt in (
        _WKT % ',EXTENSION ["PROJ4_GRIDS","/etc/passwd"]',
        _WKT % ',ExTeNsIoN["PROJ4","+proj=longlat"]', _WKT % "" + "\0", _METHOD % "PROJ merc nadgrids=/etc/passwd", _METHOD % " proj  merc", _METHOD % "Mercator nadgrids = x",
        _WKT.replace("6378137", "1e308") % "", _WKT.replace("6378137", "-1") % "",
        _WKT.replace("6378137", "nan") % "", _WKT.replace("GEOGCS", "LOCAL_CS") % "",
        "+proj=pipeline +step +proj=noop", "EPSG:4326", "/etc/passwd", "{}", "epsg",
        '{"type": "GeographicCRS"}', "BOUNDCRS[", 'PARAMETERFILE["f","/etc/passwd"]',
    )),
    "EPSG:4326", "+proj=longlat", "4326\0", 4326.5, 1e300, [4326], True, "٤٣٢٦", "0x10E6",
]  # fmt: skip


@pytest.mark.parametrize("raw", ATTACKS, ids=range(len(ATTACKS)))
def test_no_text_of_proj_no_file_and_no_grid_is_a_reference(raw):
    with pytest.raises(InvalidValue):
        parse_reference(raw)


def test_no_transformation_asks_the_network_for_a_grid():
    assert not is_network_enabled()
