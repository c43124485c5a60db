"""Rings to polygons: nesting decides, whatever the order and the orientation."""

from __future__ import annotations

import functools
import itertools
import time
import tracemalloc

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from services.geometry.rings import assemble, signed_areas


def square(x, y, size):
    """A clockwise square ring."""
    return [[x, y], [x, y + size], [x + size, y + size], [x + size, y], [x, y]]


def build(*features):
    """Assemble features given as lists of closed rings."""
    rings = [ring for feature in features for ring in feature]
    counts = [len(ring) for ring in rings]
    return assemble(
        np.array([vertex for ring in rings for vertex in ring], float).reshape(-1, 2),
        np.cumsum([0, *counts]),
        np.cumsum([0, *map(len, features)]),
        "xy",
    )


def even_odd_area(rings):
    """Area of the symmetric difference of all rings, by shapely."""
    faces = [shapely.Polygon(ring) for ring in rings]
    return functools.reduce(shapely.symmetric_difference, faces, shapely.Polygon()).area


#: Depth 0 to 3: shell, hole, island, pond, and a neighbour.
NEST = [
    square(0, 0, 9),
    square(1, 1, 7),
    square(2, 2, 5),
    square(3, 3, 3),
    square(20, 0, 2),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::7], ids=str)
def test_any_order_of_rings_gives_the_same_polygon(order):
    made = build([NEST[index] for index in order])[0]
    expected = 81 - 49 + 25 - 9 + 4
    assert made.area == expected
    assert made.is_valid
    assert len(made.geoms) == 3


@pytest.mark.parametrize("turned", list(itertools.product([1, -1], repeat=5)), ids=str)
def test_any_orientation_of_rings_gives_the_same_polygon(turned):
    made = build([ring[::step] for ring, step in zip(NEST, turned, strict=True)])[0]
    assert made.equals(build(NEST)[0])


def test_rings_of_other_features_do_not_count():
    outer, inner = build([square(0, 0, 9)], [square(1, 1, 2)])
    assert (outer.area, inner.area) == (81, 4)


def test_feature_without_rings_is_an_empty_polygon():
    made = build([square(0, 0, 1)], [], [square(0, 0, 3), square(1, 1, 1)])
    assert made[1].is_empty
    assert [one.area for one in made] == [1, 0, 8]


def test_no_features_make_no_polygons():
    assert len(build()) == 0
    assert build([], [])[1].is_empty


def test_equal_rings_cancel_out_as_the_even_odd_rule_says():
    ring = square(0, 0, 4)
    assert build([ring, ring])[0].area == 0
    assert build([ring, ring[::-1], ring])[0].area == 16


def test_hole_that_touches_its_shell_in_a_vertex_is_a_hole():
    hole = [[0, 0], [1, 2], [2, 1], [0, 0]]
    made = build([square(0, 0, 4), hole])[0]
    assert made.area == pytest.approx(16 - 1.5)
    assert made.is_valid


def test_hole_that_shares_an_edge_with_its_shell_is_cut_out():
    assert build([square(0, 0, 4), square(0, 1, 2)])[0].area == 16 - 4


def test_holes_that_touch_each_other_stay_holes():
    made = build([square(0, 0, 9), square(1, 1, 2), square(3, 3, 2)])[0]
    assert made.area == 81 - 8
    assert len(made.interiors) == 2


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=6, max_size=6),
    st.floats(0.1, 0.9),
    st.sampled_from([1, -1]),
)
def test_hole_whose_vertex_lies_on_an_edge_is_a_hole_in_spite_of_rounding(
    numbers, share, step
):
    # The touching vertex is computed, so it misses the edge by a rounding error.
    a, b, c = np.array(numbers).reshape(3, 2)
    area = abs(signed_areas(np.array([a, b, c, a]), np.array([0, 4]))[0])
    if area < 1e-3:
        return
    touch = a + (b - a) * share
    hole = [touch, touch * 0.5 + c * 0.4 + a * 0.1, touch * 0.5 + c * 0.5, touch][
        ::step
    ]
    made = build([[a, b, c, a], hole])[0]
    cut = abs(signed_areas(np.array(hole), np.array([0, 4]))[0])
    assert made.area == pytest.approx(area - cut, abs=1e-9)


def test_overlapping_shells_of_one_orientation_stay_two_shells():
    made = build([square(0, 0, 4), square(2, 2, 4)])[0]
    assert made.area == 32
    assert len(made.geoms) == 2


def test_hole_that_crosses_its_shell_is_still_cut_out_of_it():
    # Valid shells turn one way and holes the other: a hole by intent.
    hole = [[1, 1], [2, 1], [1.5, 2.6], [1, 1]]
    shell = [[0, 0], [0, 4], [4, 0], [0, 0]]
    made = build([shell, hole])[0]
    valid = shapely.make_valid(made, method="structure", keep_collapsed=False)
    expected = shapely.Polygon(shell).difference(shapely.Polygon(hole)).area
    assert valid.area == pytest.approx(expected)


def test_z_of_every_ring_is_kept():
    rings = [[[*xy, depth] for xy in ring] for depth, ring in enumerate(NEST[:2])]
    flat = np.array(rings[1] + rings[0], float)
    made = assemble(flat, np.array([0, 5, 10]), np.array([0, 2]), "xyz")[0]
    assert {z for _, _, z in made.exterior.coords} == {0}
    assert {z for _, _, z in made.interiors[0].coords} == {1}


@st.composite
def nested_squares(draw):
    """Squares in squares, none crossing: a random tree of rings, shuffled."""
    rings = []

    def fill(x, y, size, depth):
        for column in range(draw(st.integers(0, 2)) if depth < 4 else 0):
            inner = square(
                x + size * (0.1 + 0.45 * column), y + size * 0.1, size * 0.35
            )
            rings.append(inner[:: draw(st.sampled_from([1, -1]))])
            fill(*inner[0], size * 0.35, depth + 1)

    fill(0.0, 0.0, 1000.0, 0)
    return draw(st.permutations(rings))


@settings(max_examples=60, deadline=None)
@given(nested_squares())
def test_area_is_that_of_the_even_odd_rule(rings):
    made = build(rings)[0]
    expected = even_odd_area(rings)
    assert made.area == pytest.approx(expected)
    assert made.is_valid


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=6),
        min_size=2, max_size=4,
    )
)  # fmt: skip
def test_rings_that_cross_or_collapse_are_assembled_without_an_error(rings):
    made = build([[*ring, ring[0]] for ring in rings])[0]
    assert made.geom_type in ("Polygon", "MultiPolygon")
    assert shapely.get_num_coordinates(made) == sum(len(ring) + 1 for ring in rings)


MANY = 2000


@pytest.mark.parametrize(
    ("rings", "area"),
    [
        ([square(-i, -i, 2 * i) for i in range(1, MANY + 1)], 2 * MANY * (MANY + 1)),
        ([square(2 * i, 0, 1) for i in range(MANY)], MANY),
        ([square(0, 0, 2 * MANY), *(square(2 * i + 0.5, 1, 1) for i in range(MANY - 1))],
         4 * MANY**2 - MANY + 1),
        ([square(0, 0, 1)] * MANY, 0),
    ],
    ids=["concentric", "apart", "holes", "equal"],
)  # fmt: skip
def test_thousands_of_rings_take_seconds_and_little_memory(rings, area):
    tracemalloc.start()
    start = time.perf_counter()
    made = build(rings)[0]
    seconds, peak = time.perf_counter() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert made.area == area
    assert seconds < 5
    assert peak < 200e6


def test_features_of_many_rings_in_the_same_place_do_not_mix():
    holes = [square(2 * i + 0.5, 1, 1) for i in range(100)]
    islands = [square(2 * i + 0.75, 1.25, 0.5) for i in range(100)]
    made = build(
        [square(0, 0, 200), *holes], islands, [], [*islands, *holes], [square(0, 0, 1)]
    )
    # A hole has area 1, an island 1/4.
    assert [one.area for one in made] == [40_000 - 100, 25, 0, 100 - 25, 1]


def test_signed_area_is_negative_clockwise():
    # A unit square has area 1; far from the origin the digits must not cancel.
    far = np.array(square(1e7, 1e7, 1), float)
    both = np.concatenate([far, far[::-1]])
    assert signed_areas(both, np.array([0, 5, 10])).tolist() == [-1, 1]
