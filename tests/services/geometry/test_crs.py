"""Spatial references: every form that clients send, published coordinates, refusals."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import InvalidValue
from services.geometry.crs import (
    WEB_MERCATOR,
    WGS84,
    SpatialReference,
    outside,
    parse_spatial_reference,
    transform,
)
from tests.shapes import SHAPES, geometries

ESRI_WKT = pyproj.CRS(3857).to_wkt("WKT1_ESRI")
UTM_WKT = pyproj.CRS(32633).to_wkt()


def degrees(whole, minutes, seconds):
    return math.copysign(abs(whole) + minutes / 60 + seconds / 3600, whole)


def moved(lon, lat, wkid):
    """Project one point of the reference's own datum; return x, y."""
    base = pyproj.CRS(wkid).geodetic_crs.to_epsg()
    point = transform(np.array([shapely.Point(lon, lat)]), SpatialReference(base),
                      SpatialReference(wkid))[0]  # fmt: skip
    return point.x, point.y


# The worked examples of EPSG Guidance Note 7-2 (IOGP 373-7-2), each in the section
# of its method: longitude, latitude, easting, northing.
@pytest.mark.parametrize(
    ("wkid", "lon", "lat", "east", "north"),
    [
        # Pseudo-Mercator, WGS 84
        (3857, -degrees(100, 20, 0), degrees(24, 22, 54.433), -11169055.58, 2800000.00),
        # Transverse Mercator, OSGB36 / British National Grid
        (27700, degrees(0, 30, 0), degrees(50, 30, 0), 577274.99, 69740.50),
        # Lambert Conic Conformal (2SP), NAD27 / Texas South Central, in US feet
        (32040, -degrees(96, 0, 0), degrees(28, 30, 0), 2963503.91, 254759.80),
        # Lambert Conic Conformal (1SP), JAD69 / Jamaica National Grid
        (24200, -degrees(76, 56, 37.26), degrees(17, 55, 55.80), 255966.58, 142493.51),
        # Lambert Azimuthal Equal Area, ETRS89 / LAEA Europe
        (3035, 5.0, 50.0, 3962799.45, 2999718.85),
        # Polar Stereographic (variant B), WGS 84 / Australian Antarctic
        (3032, 120.0, -75.0, 7255380.79, 7053389.56),
        # Oblique Stereographic, Amersfoort / RD New
        (28992, 6.0, 53.0, 196105.283, 557057.739),
        # Mercator (variant A), Makassar / NEIEZ
        (3002, 120.0, -3.0, 5009726.58, 569150.82),
    ],
)
def test_projections_agree_with_the_worked_examples_of_epsg(
    wkid, lon, lat, east, north
):
    assert moved(lon, lat, wkid) == pytest.approx((east, north), abs=0.03)


CLARKE = (
    'GEOGCS["GCS_Clarke_1866",DATUM["D_Clarke_1866",SPHEROID["Clarke_1866",6378206.4,'
    '294.9786982]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
ALBERS = (
    f'PROJCS["Albers",{CLARKE},PROJECTION["Albers"],PARAMETER["False_Easting",0.0],'
    'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",-96.0],'
    'PARAMETER["Standard_Parallel_1",29.5],PARAMETER["Standard_Parallel_2",45.5],'
    'PARAMETER["Latitude_Of_Origin",23.0],UNIT["Meter",1.0]]'
)


# Snyder, Map Projections: A Working Manual (USGS PP 1395, 1987), page 292.
def test_projection_by_text_agrees_with_the_worked_example_of_snyder():
    base, albers = (parse_spatial_reference({"wkt": text}) for text in (CLARKE, ALBERS))
    made = transform(np.array([shapely.Point(-75, 35)]), base, albers)[0]
    assert (made.x, made.y) == pytest.approx((1885472.7, 1535925.0), abs=0.1)


@pytest.mark.protocol("6.8 wkid of Esri's own")
def test_esris_own_codes_are_known():
    # ESRI:102003 starts at 37.5 N 96 W, in NAD 83; that is within 2 m of WGS 84.
    albers = parse_spatial_reference({"wkid": 102003})
    origin = transform(np.array([shapely.Point(-96, 37.5)]), WGS84, albers)[0]
    assert (origin.x, origin.y) == pytest.approx((0, 0), abs=2)
    assert albers.to_json() == {"wkid": 102003, "latestWkid": 102003}


@pytest.mark.protocol("6.8 forms of a spatial reference, the first valid one wins")
@pytest.mark.parametrize(
    "raw",
    [102100, "102100", " 102100 ", 102100.0, {"wkid": 102100}, {"wkid": "102100"},
     {"latestWkid": 3857, "wkid": 102100}, {"wkid": 102100, "latestWkid": None}],
    ids=repr,
)  # fmt: skip
def test_web_mercator_in_every_form_keeps_its_code(raw):
    found = parse_spatial_reference(raw)
    assert found == WEB_MERCATOR
    assert found.to_json() == {"wkid": 102100, "latestWkid": 3857}
    assert found.same_place(SpatialReference(3857))


# "First valid form wins" (gpserver-rest.md 6.8).
@pytest.mark.protocol("6.8 forms of a spatial reference, the first valid one wins")
@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ({"wkid": 0, "latestWkid": 4326}, SpatialReference(4326)),
        ({"wkid": 99999999, "wkt": ESRI_WKT}, SpatialReference(None, ESRI_WKT)),
        ({"wkid": None, "wkt": "", "wkt2": UTM_WKT}, SpatialReference(None, UTM_WKT)),
        ({"wkid": 102100, "wkt": "nonsense"}, WEB_MERCATOR),
        ({"wkid": 102100, "vcsWkid": 5621}, SpatialReference(102100, None, 5621)),
        (
            {"latestWkid": 3857, "latestVcsWkid": 5621},
            SpatialReference(3857, None, 5621),
        ),
    ],
    ids=["latest", "wkt", "wkt2", "wkid", "vertical", "latest vertical"],
)
def test_first_valid_member_of_an_object_wins(raw, meant):
    assert parse_spatial_reference(raw) == meant


@pytest.mark.parametrize("key", ["wkt", "wkt2"])
@pytest.mark.parametrize("text", [ESRI_WKT, UTM_WKT], ids=["esri", "utm"])
def test_well_known_text_is_kept_as_it_came(key, text):
    found = parse_spatial_reference({key: text})
    assert found.to_json() == {"wkt": text}
    assert found.latest_wkid is None
    assert found.metres_per_unit == 1


def test_text_of_web_mercator_means_the_same_places_as_its_code():
    point = np.array([shapely.Point(1e6, 2e6)])
    made = transform(point, WEB_MERCATOR, parse_spatial_reference({"wkt": ESRI_WKT}))
    assert shapely.equals_exact(made, point, 1e-6).all()


def test_numbers_with_a_positive_exponent_are_no_proj_text():
    text = ESRI_WKT.replace("6378137.0", "6.378137E+06")
    assert (
        parse_spatial_reference({"wkt": text}).crs.ellipsoid.semi_major_metre == 6378137
    )


@pytest.mark.parametrize(
    "raw",
    [None, True, "", "abc", "EPSG:4326", "+proj=longlat", "4326\0", "٤٣٢٦", 0, -1, 1e300, 4326.5,
     float("nan"), float("inf"), 10**12, 5621, 4978, 999999, [], [4326], {}, {"wkid": None},
     {"wkid": [4326]}, {"wkid": True}, {"wkid": "x" * 5000}, {"wkt": 5}, {"wkt": ""},
     {"wkt": "+proj=longlat"}, {"wkt": "nonsense"}, {"wkt": ESRI_WKT[:-9]},
     {"wkt": "/etc/passwd"}, {"wkt": "https://example.org"}, {"wkt": ESRI_WKT + " " * 9000},
     {"name": "WGS 84"}],
    ids=lambda raw: f"{repr(raw)[:30]} {len(repr(raw))}",
)  # fmt: skip
def test_what_is_no_spatial_reference_is_refused_by_name(raw):
    with pytest.raises(InvalidValue, match="outSR"):
        parse_spatial_reference(raw, "outSR")


def method(text):
    """WKT whose projection is a PROJ operation."""
    start, end = UTM_WKT.index('METHOD["'), UTM_WKT.index(",PARAMETER")
    return (
        f'{UTM_WKT[:start]}METHOD["PROJ-based operation method: {text}"]{UTM_WKT[end:]}'
    )


GRID = pyproj.CRS("+proj=utm +zone=33 +ellps=bessel +nadgrids=/etc/passwd").to_wkt()


# PROJ texts inside WKT may open files and addresses of the server.
@pytest.mark.parametrize(
    "text",
    [pyproj.CRS(3857).to_wkt("WKT1_GDAL"), method("+proj=pipeline"), method("proj=utm zone=33"),
     GRID, GRID.replace("/etc/passwd", "https://example.org/a.gsb"), "GEOGCS[" * 17 + "]" * 17,
     'LOCAL_CS["x",UNIT["m",1]]'],
    ids=["extension", "plus", "no plus", "file", "address", "deep", "local"],
)  # fmt: skip
def test_texts_that_reach_beyond_themselves_are_refused(text):
    with pytest.raises(InvalidValue, match="wkt"):
        parse_spatial_reference({"wkt": text})


def test_us_feet_are_known_by_their_length():
    # The US survey foot is 1200/3937 m; EPSG:2264 is NAD83 / North Carolina (ftUS).
    assert SpatialReference(2264).metres_per_unit == pytest.approx(1200 / 3937)
    assert math.isnan(WGS84.metres_per_unit)


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_comes_back_from_a_projection_with_its_z_and_m(name):
    given_shapes = geometries(SHAPES[name], None)
    polar = SpatialReference(3995 if "pole" in name else 6933)
    there = transform(given_shapes, WGS84, polar)
    back = transform(there, polar, WGS84)[0]
    numbers = [shapely.get_coordinates(one, include_z=True, include_m=True)[:, 2:]
               for one in (back, given_shapes[0])]  # fmt: skip
    assert np.array_equal(*numbers, equal_nan=True)
    assert back.geom_type == given_shapes[0].geom_type
    assert (back.has_z, back.has_m) == (given_shapes[0].has_z, given_shapes[0].has_m)
    assert there[1] is None


@settings(max_examples=50, deadline=None)
@given(st.floats(-180, 180), st.floats(-85, 85))
def test_pseudo_mercator_is_its_published_formula(lon, lat):
    # EPSG Guidance Note 7-2, method 1024: x = a λ, y = a ln tan(π/4 + φ/2).
    x, y = moved(lon, lat, 3857)
    assert x == pytest.approx(6378137 * math.radians(lon), abs=1e-6)
    expected = 6378137 * math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
    assert y == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("wkt", ["POINT (0 90)", "LINESTRING (0 0,0 -90)"])
def test_pole_has_no_place_in_web_mercator(wkt):
    with pytest.raises(InvalidValue, match="spatial reference 102100"):
        transform(geometries(wkt), WGS84, WEB_MERCATOR)


def test_places_on_the_moon_have_none_on_earth():
    moon = parse_spatial_reference(104903)
    with pytest.raises(InvalidValue, match="104903"):
        transform(geometries("POINT (1 2)"), moon, WGS84)


def test_same_reference_moves_nothing():
    shapes = geometries("POINT (1 2)")
    assert transform(shapes, WEB_MERCATOR, SpatialReference(3857)) is shapes


def test_no_place_lies_beyond_the_globe():
    far = np.array([[0, 0], [400, 90], [401, 0], [0, 91], [math.nan, 0], [math.inf, 0]])
    assert outside(far, WGS84).tolist() == [False, False, True, True, True, True]
    assert outside(np.array([[3e7, 0.0], [0, 5e7]]), WEB_MERCATOR).tolist() == [
        False,
        True,
    ]
    # 40,000 km are 131 million US feet
    assert outside(np.array([[1e8, 0.0]]), SpatialReference(2264)).tolist() == [False]


def test_a_plus_in_a_name_is_no_parameter_of_proj():
    text = pyproj.CRS.from_epsg(2056).to_wkt("WKT1_ESRI")
    assert "CH1903+_LV95" in text
    assert parse_spatial_reference({"wkt": text}).crs.to_epsg() == 2056
    for hidden in ("+nadgrids=/etc/passwd", "+ init = epsg:4326"):
        with pytest.raises(InvalidValue, match="not accepted"):
            parse_spatial_reference({"wkt": text.replace("CH1903+_LV95", hidden)})
