"""911 Calls Hotspot: queries as clients send them, a job with map and raster."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import numpy as np
import pytest
import shapely

from services.data import democity
from services.errors import ToolFailed
from services.geometry.units import LinearUnit
from services.samples import load_samples
from services.tools.autocorrelation import hot_spot_analysis
from services.tools.calls911 import calls_hotspot
from tests.services.tools.recorder import Recorder

TASK = "/911CallsHotspot/GPServer/911 Calls Hotspot"
# As the samples of the SDKs for .NET and JavaScript send it, and without quotes.
QUOTED = (
    "(\"DATE\" > date '1998-01-01 00:00:00' AND \"DATE\" < date '1998-01-31 00:00:00')"
    " AND (\"Day\" = 'SUN' OR \"Day\"= 'SAT' OR \"Day\" = 'FRI')"
)
PLAIN = QUOTED.replace('"', "")


def test_the_task_has_the_parameters_that_clients_know(rest):
    load_samples()
    info = rest.get(TASK)
    assert info["executionType"] == "esriExecutionTypeAsynchronous"
    assert [(one["name"], one["dataType"]) for one in info["parameters"]] == [
        ("Query", "GPString"), ("Output_Features", "GPFeatureRecordSetLayer"),
        ("Hotspot_Raster", "GPRasterDataLayer"),
    ]  # fmt: skip
    service = rest.get("/911CallsHotspot/GPServer")
    assert service["tasks"] == ["911 Calls Hotspot"]
    assert service["resultMapServerName"] == "911CallsHotspot"


@pytest.mark.parametrize("fields", [{}, {"Query": QUOTED}, {"Query": PLAIN}])
def test_a_job_gives_hot_spots_a_raster_and_a_map(rest, fields):
    load_samples()
    job = rest.run_job(TASK, **fields)
    found = rest.get(job)
    assert found["jobStatus"] == "esriJobSucceeded"
    texts = [one["description"] for one in found["messages"]]
    assert any("invented calls" in text for text in texts)
    spots = rest.get(f"{job}/results/Output_Features", returnType="data")["value"][
        "features"
    ]
    assert {"ICOUNT", "GiZScore", "GiPValue", "Gi_Bin"} <= set(spots[0]["attributes"])
    raster = rest.get(f"{job}/results/Hotspot_Raster", returnType="data")
    assert raster["value"]["format"] == "tif"
    image = rest.get(f"{job}/results/Hotspot_Raster")["value"]["mapImage"]
    assert set(image) >= {"href", "width", "height", "scale"}


@pytest.mark.parametrize("query", [QUOTED, PLAIN])
def test_the_calls_of_the_query_are_counted(query):
    made = calls_hotspot(query).output_features
    rows = democity.calls().attributes.to_pylist()
    first, last = datetime(1998, 1, 1), datetime(1998, 1, 31)  # noqa: DTZ001
    wanted = [
        row["Day"] in ("FRI", "SAT", "SUN")
        and first < row["DATE"].replace(tzinfo=None) < last
        for row in rows
    ]
    places = map(tuple, shapely.get_coordinates(democity.calls().geometries[wanted]))
    counts = Counter(places)
    found = map(tuple, shapely.get_coordinates(made.geometries))
    assert dict(zip(found, made.numbers("ICOUNT"), strict=True)) == counts


def test_the_spots_are_those_of_hot_spot_analysis():
    told = Recorder()
    made = calls_hotspot(context=told).output_features
    again = hot_spot_analysis(made, "ICOUNT", distance_band=LinearUnit(1500))
    for name in ("GiZScore", "GiPValue", "Gi_Bin"):
        assert made.numbers(name) == pytest.approx(again.numbers(name))
    assert told.steps == sorted(told.steps)
    assert len(told.steps) == 5


def test_the_raster_lies_between_the_scores_of_the_places():
    made = calls_hotspot()
    z, cells = made.output_features.numbers("GiZScore"), made.hotspot_raster.values
    assert np.nanmin(cells) >= z.min()
    assert np.nanmax(cells) <= z.max()
    assert np.nanmax(cells) > 2.58
    assert np.isnan(cells).any()


def test_weekends_are_hot_elsewhere_than_working_days():
    centres = []
    for days in ("'SAT','SUN'", "'MON','TUE','WED','THU','FRI'"):
        made = calls_hotspot(f"Day IN ({days})").output_features
        hot = made.numbers("Gi_Bin") == 3
        centres.append(np.median(shapely.get_coordinates(made.geometries[hot]), axis=0))
    assert np.hypot(*(centres[0] - centres[1])) > 0.03


def test_days_are_those_of_the_calendar():
    rows = democity.calls().attributes.to_pylist()
    assert all(row["DATE"].strftime("%a").upper() == row["Day"] for row in rows)
    moments = [row["DATE"] for row in rows]
    assert min(moments).date().isoformat() == "1998-01-01"
    assert max(moments).date().isoformat() == "1998-05-31"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("nix = 3", "Query there is no field 'nix'"),
        ("DROP TABLE calls", "Query "),
        ("Day = 'XXX'", "chooses 0 calls at 0 places"),
        ("", "Query "),
    ],
)
def test_a_query_that_chooses_nothing_is_refused(query, text):
    with pytest.raises(ToolFailed, match=text):
        calls_hotspot(query)
