"""The viewshed over uncertain heights that many clients know, on shipped heights."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated

import numpy as np

from services.errors import InvalidParameters, Problem, ToolFailed
from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.rasters.grid import Grid
from services.rasters.ground import cell_metres
from services.terrain.uncertainty import error_field, seen_share
from services.terrain.viewshed import Bend, samples_within
from services.terrain.viewshed import Field as View
from services.tool import Context, Param, tool
from services.tools import visibility
from services.tools._rasters import like, numbers, sample_heights

_FAR = LinearUnit(3.0, "esriMiles")
_MAX_POINTS = 10
#: Heights that the lines of sight of all realisations may look at: about 8 seconds.
_MAX_SAMPLES = 240_000_000
_LEAST, _MOST = 10, 50
#: Metres: 90 % of SRTM's errors in North America are below 9.0 m (Rodriguez et al.).
_DEVIATION = 9.0 / 1.645
#: Cells over which errors are alike. An assumption.
_SMOOTH = 2.0
_SEED = 1998
_BEND = Bend()


@tool(
    title="ProbabilisticViewshedModel",
    name="ProbabilisticViewshedModel",
    category="Well-known samples",
)
def probabilistic_viewshed_model(
    points: Annotated[
        FeatureSet,
        Param(
            "Observation points",
            name="Input_Features",
            geometry_type="esriGeometryPoint",
            example=visibility.SUMMIT,
        ),
    ],
    height: Annotated[
        str,
        Param("Height of the eye above the ground", description="A number of metres."),
    ] = "2",
    distance: Annotated[LinearUnit, Param("How far to look")] = _FAR,
    context: Context | None = None,
) -> Annotated[Grid, Param("How likely ground is seen", name="Viewshed_Probability")]:
    """Tell how likely ground is seen from points, over heights that are uncertain.

    Heights are those that are shipped, in cells of 3 arc-seconds around the Jacksboro
    fault, Tennessee (SRTM). The viewshed of visibility.Viewshed is repeated over up to
    50 realisations of these heights, each with other errors: normal ones of 5.5 m
    (90 % of SRTM's in North America are below 9.0 m), alike within some 180 m. How far
    they are alike is an assumption, errors of slopes and woods are not modelled, and
    the seed is fixed, so a run can be repeated. A cell holds the share of realisations,
    0 to 1, in which it is seen from any of the points; it is empty where it never is.
    A message tells how many there were: fewer for large distances, so that a run takes
    some seconds, and at least 10, else the distance is refused. Points beyond the
    heights are left out with a warning. At most 10 points.
    The names of the inputs are those that clients send; that of the output is ours,
    clients draw the map of the result.
    Sources: Fisher (1992), First experiments in viewshed uncertainty, PE&RS 58(3);
    Rodriguez, Morris, Belz (2006), A global assessment of the SRTM performance, PE&RS
    72(3).
    """
    eye, reach = _metres(height), distance.metres
    if reach <= 0:
        raise InvalidParameters([Problem("Distance", "expected a distance above 0")])
    if len(points) > _MAX_POINTS:
        raise ToolFailed(
            f"Input_Features: expected at most {_MAX_POINTS} points, not {len(points)}"
        )
    heights = sample_heights()
    values = numbers(heights)
    across, down = cell_metres(heights)
    places = visibility.standing_cells(points, heights, values, context)
    if not places:
        return like(heights, np.full(values.shape, np.nan))
    views = [View(values, across, down, row, column, float(values[row, column]) + eye)
             for row, column in places]  # fmt: skip
    count = _realisations(sum(samples_within(one, reach) for one in views))
    if context is not None:
        context.message(
            f"{count} realisations of heights with errors of {_DEVIATION:.1f} m"
            f" (standard deviation), alike within {_SMOOTH:.0f} cells; seed {_SEED}"
        )
    share = seen_share(views, _errors(values.shape, count, context), reach, _BEND)
    return like(heights, np.where(share > 0, share, np.nan))


def _metres(height: str) -> float:
    try:
        metres = float(height)
    except ValueError:
        metres = math.nan
    if not 0 <= metres <= 10_000:
        problem = Problem("Height", "expected metres above the ground, like 2 or 50")
        raise InvalidParameters([problem])
    return metres


def _realisations(samples: int) -> int:
    """Return how many realisations there is time for. Raises ToolFailed for too few."""
    count = min(_MOST, _MAX_SAMPLES // max(samples, 1))
    if count < _LEAST:
        raise ToolFailed(
            f"Distance: there is time for {count} realisations, and at least {_LEAST}"
            " are needed. Give a shorter distance or fewer points"
        )
    return count


def _errors(
    shape: tuple[int, ...], count: int, context: Context | None
) -> Iterator[np.ndarray]:
    random = np.random.default_rng(_SEED)
    rows, columns = shape
    for number in range(count):
        if context is not None:
            context.progress(100 * number / count, "Looking over heights with errors")
        yield error_field((rows, columns), _DEVIATION, _SMOOTH, random)
