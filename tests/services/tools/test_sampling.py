"""Random points as a tool; their spread is tested with services.geometry.sampling."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from services.data import countries
from services.errors import InvalidValue, ToolFailed
from services.geometry.crs import WEB_MERCATOR
from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.tools.sampling import (
    create_fishnet,
    create_hexagons,
    create_random_points,
    create_regular_points,
)

POLYGON = "esriGeometryPolygon"


def test_each_polygon_gets_its_points_and_they_its_attributes():
    made = create_random_points(countries(), 20, seed=1)
    rows = np.repeat(np.arange(len(countries())), 20)
    assert made.column("CID").to_pylist() == rows.tolist()
    names = countries().column("name").take(rows).to_pylist()
    assert made.column("name").to_pylist() == names
    assert shapely.contains(countries().geometries[rows], made.geometries).all()


def test_same_seed_gives_the_same_points():
    one, same, other = (create_random_points(countries(), 3, seed=s) for s in (1, 1, 2))
    assert one == same
    assert one != other


def test_without_seed_points_differ():
    assert create_random_points(countries(), 1) != create_random_points(countries(), 1)


def test_points_come_in_the_reference_of_the_polygons():
    square = FeatureSet.of(
        [shapely.box(1e6, 8e6, 2e6, 9e6)], spatial_reference=WEB_MERCATOR
    )
    made = create_random_points(square, 10, seed=0)
    assert made.spatial_reference == WEB_MERCATOR
    assert made.geometry_type == "esriGeometryPoint"
    assert shapely.contains(square.geometries[0], made.geometries).all()


def test_more_than_a_million_points_are_refused():
    squares = FeatureSet.of([shapely.box(0, 0, 1, 1)] * 101)
    with pytest.raises(ToolFailed, match="1010000 points; at most 1000000"):
        create_random_points(squares, 10_000)


def test_polygons_without_geometry_get_no_points():
    made = create_random_points(
        FeatureSet.of([None, shapely.box(0, 0, 1, 1)], {"OBJECTID": [7, 8]}), 2
    )
    assert made.attributes.to_pylist() == [{"OBJECTID": 8, "CID": 1}] * 2


def test_polygons_without_an_area_get_no_points_and_no_cells():
    flat = FeatureSet.of(
        [shapely.Polygon([(0, 0), (1, 1), (0, 0)])], geometry_type=POLYGON
    )
    km = LinearUnit(1, "esriKilometers")
    assert len(create_random_points(flat, 2)) == 0
    assert len(create_regular_points(flat, km)) == 0
    with pytest.raises(ToolFailed, match="Extent_Features: no feature has"):
        create_fishnet(km, km, flat)


@pytest.mark.parametrize(
    ("made", "name", "given"),
    [
        (create_fishnet, "Cell_Width", {"distance": 1e300, "units": "esriMeters"}),
        (create_fishnet, "Cell_Height", {"distance": 0, "units": "esriMeters"}),
        (create_hexagons, "Cell_Area", {"area": 0, "units": "esriSquareMeters"}),
        (create_hexagons, "Cell_Area", {"area": -5, "units": "esriSquareMeters"}),
        (create_hexagons, "Cell_Area", {"area": 1e300, "units": "esriSquareMeters"}),
    ],
)
def test_a_cell_has_a_size_on_the_earth(made, name, given):
    wanted = next(one for one in made.tool.schema.inputs if one.name == name)
    with pytest.raises(InvalidValue, match="out of range"):
        wanted.parse(given)
