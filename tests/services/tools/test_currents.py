"""The drifting bottle: the stream function it follows, the coast, and its service."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from pyproj import Geod
from scipy.integrate import solve_ivp

from services.data import landcover
from services.errors import ToolFailed
from services.geometry.crs import WEB_MERCATOR
from services.geometry.features import FeatureSet
from services.samples import load_samples
from services.tools.currents import currents, message_in_a_bottle

GEOD = Geod(ellps="WGS84")
TASK = "/Specialty/ESRI_Currents_World/GPServer/MessageInABottle"


class Notes:
    """A context that keeps what it is told."""

    def __init__(self):
        self.warnings, self.messages = [], []

    def warn(self, text):
        self.warnings.append(text)

    def message(self, text):
        self.messages.append(text)

    def progress(self, percent, text=""):
        assert 0 <= percent <= 100


def points(*places):
    return FeatureSet.of(
        [place and shapely.Point(place) for place in places],
        geometry_type="esriGeometryPoint",
    )


def rate(_, place):
    u, v = currents(np.array([place]))[0]
    metres = np.radians(1) * 6_371_000.0
    return [u / metres / np.cos(np.radians(place[1])), v / metres]


@pytest.mark.parametrize(
    "place", [(-60, 25), (-130, -25), (75, -35), (100, -52)], ids=str
)
def test_way_is_that_of_the_integrator_of_scipy(place):
    way = message_in_a_bottle(points(place), 120).geometries[0]
    found = solve_ivp(rate, (0, 120 * 86_400), place, rtol=1e-10, atol=1e-10).y[:, -1]
    assert way.coords[-1] == pytest.approx(found, abs=1e-5)
    assert len(way.coords) == 481


def test_water_has_neither_sources_nor_sinks():
    rng = np.random.default_rng(2)
    lon, lat = rng.uniform(-180, 180, 500), rng.uniform(-70, 70, 500)

    def flow(east=0.0, north=0.0):
        return currents(np.column_stack([lon + east, lat + north])).T

    # du/dx + d(v cos)/dy on a sphere, by central differences of 0.001 degrees
    across = (flow(east=1e-3)[0] - flow(east=-1e-3)[0]) / 2e-3
    north, south = (
        flow(north=step)[1] * np.cos(np.radians(lat + step)) for step in (1e-3, -1e-3)
    )
    assert across + (north - south) / 2e-3 == pytest.approx(np.zeros(500), abs=1e-6)


def test_gyres_turn_clockwise_in_the_north_and_the_other_way_in_the_south():
    north, south = currents(np.array([[-50.0, 39.0], [-15.0, -39.0]]))
    assert north[0] > 0.2
    assert south[0] > 0.2
    west = currents(np.array([[-50.0, 21.0], [-15.0, -21.0]]))
    assert (west[:, 0] < -0.2).all()


def test_bottle_stops_before_the_land_and_says_how_long_it_drifted():
    notes = Notes()
    made = message_in_a_bottle(points((-70, 40), (20, 50), None), 3650, notes)
    assert made.column("Days")[0].as_py() < 3650
    end = np.array([made.geometries[0].coords[-1]])
    assert landcover.classes_at(end).tolist() == [0]
    assert made.numbers("Shape_Length") == pytest.approx(
        [GEOD.geometry_length(made.geometries[0])]
    )
    assert notes.messages == ["1 of 1 ran ashore"]
    assert notes.warnings == [
        "Input_Point: 1 feature has no geometry and was left out",
        "1 point lies on land and was left out",
    ]


def test_line_is_cut_at_the_antimeridian_and_comes_in_the_reference_of_the_point():
    start = points((-179.5, 22))
    made = message_in_a_bottle(start, 60).geometries[0]
    assert made.geom_type == "MultiLineString"
    assert made.bounds[0] >= -180
    mercator = message_in_a_bottle(start.project(WEB_MERCATOR), 60)
    assert mercator.spatial_reference == WEB_MERCATOR


def test_bottle_on_land_is_refused_and_none_gives_none():
    with pytest.raises(ToolFailed, match="throw the bottle into the sea"):
        message_in_a_bottle(points((20, 50)))
    assert len(message_in_a_bottle(points())) == 0


@pytest.mark.parametrize("days", [{}, {"Days": "125"}, {"Days": "360"}], ids=str)
def test_service_answers_what_clients_send(rest, db, days):
    load_samples()
    document = rest.get(TASK)
    types = {one["name"]: one["dataType"] for one in document["parameters"]}
    assert types == {
        "Input_Point": "GPFeatureRecordSetLayer",
        "Days": "GPDouble",
        "Output": "GPFeatureRecordSetLayer",
    }
    assert document["executionType"] == "esriExecutionTypeSynchronous"
    sent = {
        "features": [{"geometry": {"x": -55.0, "y": 28.0}}],
        "sr": {"wkid": 4326},
        "geometryType": "esriGeometryPoint",
    }
    answer = rest.post(f"{TASK}/execute", Input_Point=json.dumps(sent), **days)
    (result,) = answer["results"]
    assert result["paramName"] == "Output"
    (feature,) = result["value"]["features"]
    assert feature["attributes"]["Days"] == float(days.get("Days", 50))
    assert len(feature["geometry"]["paths"][0]) == 4 * feature["attributes"]["Days"] + 1
