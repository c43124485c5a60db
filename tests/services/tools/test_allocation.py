"""Thiessen polygons and desire lines against geodesics, SciPy and published areas."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Geod
from scipy.spatial import SphericalVoronoi

from services.data import cities, countries
from services.errors import InvalidValue, ToolFailed
from services.geometry.crs import WEB_MERCATOR
from services.geometry.features import FeatureSet
from services.geometry.measure import ground_area
from services.tools.allocation import create_thiessen_polygons, generate_desire_lines

GEOD = Geod(ellps="WGS84")
WORLD = FeatureSet.of([shapely.box(-180, -90, 180, 90)])


class Notes:
    """A context that keeps warnings."""

    def __init__(self):
        self.warnings = []

    def warn(self, text):
        self.warnings.append(text)

    def progress(self, percent, text=""):
        assert 0 <= percent <= 100


def points(*places, **columns):
    shapes = [place and shapely.Point(place) for place in places]
    return FeatureSet.of(shapes, columns, geometry_type="esriGeometryPoint")


def square_metres(features):
    return ground_area(features.geometries, features.spatial_reference)


@pytest.fixture(scope="module")
def cells():
    return create_thiessen_polygons(cities(), WORLD)


def test_every_place_lies_in_the_polygon_of_its_nearest_city(cells):
    rng = np.random.default_rng(7)
    lon, lat = (
        rng.uniform(-180, 180, 2000),
        np.degrees(np.arcsin(rng.uniform(-1, 1, 2000))),
    )
    x, y = shapely.get_coordinates(cities().geometries).T
    i, j = (side.ravel() for side in np.indices((2000, 305)))
    metres = GEOD.inv(lon[i], lat[i], x[j], y[j])[2].reshape(2000, 305)
    place, cell = shapely.STRtree(cells.geometries).query(
        shapely.points(lon, lat), predicate="intersects"
    )
    assert place.tolist() == sorted(set(place.tolist())) == [*range(2000)]
    assert cell[np.argsort(place)].tolist() == metres.argmin(axis=1).tolist()


def test_polygons_cover_the_earth_once(cells):
    assert len(cells) == 305
    assert cells.attributes.equals(cities().attributes)
    # The surface of the WGS 84 ellipsoid: NIMA TR8350.2, 510 065 621.7 km2.
    assert square_metres(cells).sum() == pytest.approx(510_065_621.7e6, rel=1e-4)


def test_areas_are_those_of_the_spherical_voronoi_diagram_of_scipy(cells):
    lon, lat = np.radians(shapely.get_coordinates(cities().geometries)).T
    places = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
    expected = SphericalVoronoi(np.column_stack(places), threshold=1e-9)
    shares = expected.calculate_areas() / (4 * np.pi)
    ours = square_metres(cells) / square_metres(cells).sum()
    # The earth is flattened by 0.3 %: shares differ by as much, and by little more
    # where sides turn.
    assert ours == pytest.approx(shares, rel=0.02, abs=1e-7)


def test_few_points_share_a_square_and_one_has_all_of_it():
    area = FeatureSet.of([shapely.box(24, 59.95, 24.2, 60.05)])
    made = create_thiessen_polygons(points((24.05, 60), (24.15, 60)), area)
    assert square_metres(made)[0] == pytest.approx(square_metres(made)[1], rel=1e-6)
    assert square_metres(made).sum() == pytest.approx(square_metres(area)[0], rel=1e-6)
    (alone,) = create_thiessen_polygons(points((24.05, 60)), area).geometries
    assert alone.symmetric_difference(area.geometries[0]).area < 1e-9


def test_points_two_metres_apart_cover_their_extent_without_overlap():
    rng = np.random.default_rng(3)
    places = rng.uniform((25, 60), (25.001, 60.001), (500, 2))
    source = points(*places.tolist())
    made = create_thiessen_polygons(source)
    whole = shapely.union_all(made.geometries)
    assert whole.area == pytest.approx(shapely.area(made.geometries).sum(), rel=1e-9)
    assert shapely.contains(made.geometries, source.geometries).all()


def test_cells_are_cut_to_polygons_and_come_in_the_reference_of_the_points():
    france = countries().take(countries().column("name").to_numpy() == "Germany")
    some = cities().take(cities().column("country").to_numpy() == "Germany")
    made = create_thiessen_polygons(some.project(WEB_MERCATOR), france)
    assert made.spatial_reference == WEB_MERCATOR
    inside = france.project(WEB_MERCATOR).geometries[0]
    assert shapely.area(made.geometries).sum() == pytest.approx(inside.area, rel=1e-6)


def test_points_at_one_place_and_missing_ones_are_left_out_with_a_word():
    notes = Notes()
    source = points((0, 0), (0, 0), None, (1, 1), name=["a", "b", "c", "d"])
    made = create_thiessen_polygons(source, context=notes)
    assert made.column("name").to_pylist() == ["a", "d"]
    assert notes.warnings == [
        "Input_Features: 1 feature has no geometry and was left out",
        "1 point has no polygon: at the place of another, or too far",
    ]
    assert len(create_thiessen_polygons(points())) == 0


def test_three_points_cannot_part_the_world():
    with pytest.raises(ToolFailed, match="at least four points"):
        create_thiessen_polygons(points((0, 0), (10, 0), (0, 10)), WORLD)


def test_cells_meet_across_the_antimeridian():
    area = FeatureSet.of([shapely.box(178, -18, 182, -16)])
    made = create_thiessen_polygons(points((179, -17), (-179, -17)), area)
    assert square_metres(made)[0] == pytest.approx(square_metres(made)[1], rel=1e-6)


def test_lines_lead_to_the_closest_with_their_geodesic_length():
    some, rest = cities().take(np.arange(50)), cities().take(np.arange(50, 305))
    made = generate_desire_lines(some, rest)
    x, y = shapely.get_coordinates(some.geometries).T
    u, v = shapely.get_coordinates(rest.geometries).T
    i, j = (side.ravel() for side in np.indices((50, 255)))
    metres = GEOD.inv(x[i], y[i], u[j], v[j])[2].reshape(50, 255)
    assert made.numbers("LENGTH") == pytest.approx(metres.min(axis=1))
    names = rest.column("name").take(metres.argmin(axis=1)).to_pylist()
    assert made.column("name_1").to_pylist() == names


def test_line_follows_the_geodesic_across_the_antimeridian():
    home, goal = points((140, 36), to=["SF"]), points((-122, 37), to=["SF"])
    made = generate_desire_lines(home, goal, "to")
    drawn = sum(GEOD.geometry_length(part) for part in made.geometries[0].geoms)
    length = GEOD.inv(140, 36, -122, 37)[2]
    assert made.numbers("LENGTH") == pytest.approx([length])
    assert drawn == pytest.approx(length, rel=1e-6)
    between = shapely.points(GEOD.npts(140, 36, -122, 37, 9))
    assert shapely.distance(between, made.geometries[0]).max() < 1e-3


def test_ids_of_several_destinations_give_several_lines_and_none_a_warning():
    notes = Notes()
    homes = points((0, 0), (1, 0), (2, 0), school=[7.0, 8.0, None])
    schools = points((0, 1), (1, 1), number=["7", "7"])
    made = generate_desire_lines(homes, schools, "school", "number", notes)
    assert made.column("school").to_pylist() == [7, 7]
    assert made.numbers("LENGTH") == pytest.approx(
        [GEOD.inv(0, 0, x, 1)[2] for x in (0, 1)]
    )
    assert notes.warnings == ["2 origins have no destination and no line"]
    with pytest.raises(InvalidValue, match="no field 'school'"):
        generate_desire_lines(homes, schools, "school")


def test_no_origins_or_destinations_give_no_lines():
    assert len(generate_desire_lines(points(), cities())) == 0
    assert len(generate_desire_lines(cities(), points())) == 0
