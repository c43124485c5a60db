"""The sample services that many clients know, through REST as these send them."""

from __future__ import annotations

import base64
import io
import json

import geopandas
import numpy as np
import pytest
import shapely
from PIL import Image

from services.data import countries, elevation
from services.samplerows import SAMPLES

ELEVATION = "/Elevation/ESRI_Elevation_World/GPServer"
POPULATION = "/Demographics/ESRI_Population_World/GPServer/PopulationSummary"
SYNC = "/Tools/ElevationSync/GPServer/Profile"
SUMMIT = {"x": -84.23083, "y": 36.19833}
PATH = [[-84.30, 36.20], [-84.20, 36.30], [-84.15, 36.40]]


@pytest.fixture(autouse=True)
def samples(published):
    """The services as a fresh portal has them."""
    paths = {f"/{one.path}/GPServer": one for one in SAMPLES}
    for root in (ELEVATION, POPULATION.rpartition("/")[0], SYNC.rpartition("/")[0]):
        sample = paths[root]
        assert sample.access == "everyone"
        for tool in sample.tools:
            published(tool, sample.path, **sample.properties)


def features(kind, *geometries, wkid=4326):
    return json.dumps({
        "geometryType": f"esriGeometry{kind}",
        "spatialReference": {"wkid": wkid},
        "features": [{"geometry": one, "attributes": {}} for one in geometries],
    })  # fmt: skip


def executed(rest, task, **fields):
    answer = rest.post(f"{task}/execute", **fields)
    assert "error" not in answer, answer
    [result] = answer["results"]
    return result, [one["description"] for one in answer["messages"]]


@pytest.mark.parametrize(
    ("task", "names"),
    # ux.md 6.2: what the clients of these services send and read
    [
        (f"{ELEVATION}/Viewshed",
         ["Input_Observation_Point", "Viewshed_Distance", "Viewshed_Result"]),
        (f"{ELEVATION}/ProfileService",
         ["Input_Polylines", "Image_Width", "Image_Height", "Display_Segments",
          "Output_Profile"]),
        (POPULATION, ["inputPoly", "StatsSummary"]),
    ],
)  # fmt: skip
def test_tasks_have_the_well_known_parameters(rest, task, names):
    document = rest.get(task)
    assert [one["name"] for one in document["parameters"]] == names
    assert document["executionType"] == "esriExecutionTypeSynchronous"


def test_both_profile_tasks_are_one(rest):
    names = [one["name"] for one in rest.get(SYNC)["parameters"]]
    assert names[0] == "InputLineFeatures"
    assert names[-1] == "OutputProfile"
    assert names == [
        one["name"] for one in rest.get(f"{ELEVATION}/Profile")["parameters"]
    ]


def test_a_viewshed_of_fifteen_kilometres_is_the_default(rest):
    result, _ = executed(rest, f"{ELEVATION}/Viewshed",
                         Input_Observation_Point=features("Point", SUMMIT))  # fmt: skip
    assert result["paramName"] == "Viewshed_Result"
    assert result["value"]["geometryType"] == "esriGeometryPolygon"
    [seen] = result["value"]["features"]
    same, _ = executed(
        rest, f"{ELEVATION}/Viewshed",
        Input_Observation_Point=features("Point", SUMMIT),
        Viewshed_Distance='{"distance": 15000, "units": "esriMeters"}',
    )  # fmt: skip
    assert same["value"]["features"] == [seen]
    assert 0 < seen["attributes"]["Shape_Area"] < np.pi * 15_000**2
    assert seen["attributes"]["Shape_Length"] > 0


def test_a_viewshed_in_mercator_lies_around_its_point_and_grows(rest):
    places = geopandas.GeoSeries([shapely.Point(*SUMMIT.values())], crs=4326).to_crs(
        3857
    )
    point = features("Point", {"x": places[0].x, "y": places[0].y}, wkid=102100)
    areas = []
    for miles in (1, 5):
        result, _ = executed(
            rest, f"{ELEVATION}/Viewshed", Input_Observation_Point=point,
            Viewshed_Distance=json.dumps({"distance": miles, "units": "esriMiles"}),
        )  # fmt: skip
        assert result["value"]["spatialReference"]["wkid"] == 102100
        [seen] = result["value"]["features"]
        shape = shapely.polygons(
            [shapely.linearrings(one) for one in seen["geometry"]["rings"]]
        )
        assert shapely.distance(shape, places[0]).min() == 0
        areas.append(seen["attributes"]["Shape_Area"])
    assert areas[0] < areas[1] < np.pi * (5 * 1609.344 + 100) ** 2


def test_a_point_beyond_the_heights_is_told_where_they_lie(rest):
    result, said = executed(rest, f"{ELEVATION}/Viewshed",
                            Input_Observation_Point=features("Point", {"x": 8, "y": 47}))  # fmt: skip
    assert result["value"]["features"] == []
    grid = elevation()
    assert any(f"{grid.west:.6g}" in one and f"{grid.north:.6g}" in one for one in said)


@pytest.mark.parametrize("name", ["Image_Width", "Image_width"])
def test_the_address_of_a_profile_is_a_picture_of_the_size_asked_for(rest, name):
    result, _ = executed(
        rest, f"{ELEVATION}/ProfileService",
        Input_Polylines=features("Polyline", {"paths": [PATH]}), **{name: "500"},
    )  # fmt: skip
    [line] = result["value"]["features"]
    head, _, text = line["attributes"]["profileURL"].partition(",")
    assert head == "data:image/png;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(text)))
    assert picture.size == (500, 250)
    assert len(picture.getcolors(500 * 250)) > 3


def test_a_chart_without_its_vertices_is_another_and_one_without_heights_says_so(rest):
    pictures = []
    for fields in ({}, {"Display_Segments": "false"}):
        result, _ = executed(rest, f"{ELEVATION}/ProfileService", **fields,
                             Input_Polylines=features("Polyline", {"paths": [PATH]}))  # fmt: skip
        pictures.append(result["value"]["features"][0]["attributes"]["profileURL"])
    assert pictures[0] != pictures[1]
    _, said = executed(rest, f"{ELEVATION}/ProfileService",
                       Input_Polylines=features("Polyline", {"paths": [[[8, 47], [9, 47]]]}))  # fmt: skip
    assert any("leaves the ground that is known" in one for one in said)


def test_a_profile_has_heights_and_measures_if_asked_for(rest):
    result, _ = executed(
        rest, SYNC, InputLineFeatures=features("Polyline", {"paths": [PATH]}),
        returnZ="true", returnM="true", MaximumSampleDistance="500",
    )  # fmt: skip
    value = result["value"]
    assert (value["hasZ"], value["hasM"]) == (True, True)
    [line] = value["features"]
    [path] = line["geometry"]["paths"]
    heights, metres = np.array(path)[:, 2], np.array(path)[:, 3]
    assert 236 <= heights.min() < heights.max() <= 1076
    assert np.diff(metres).max() <= 500.1
    assert metres[-1] == pytest.approx(line["attributes"]["ProfileLength"])
    assert line["attributes"]["ProductName"] == "SRTM"


def test_people_of_a_country_are_those_of_the_country(rest):
    row = countries().column("name").to_pylist().index("Switzerland")
    shape = json.loads(shapely.to_geojson(countries().geometries[row]))
    result, said = executed(rest, POPULATION,
                            inputPoly=features("Polygon", {"rings": shape["coordinates"]}))  # fmt: skip
    [record] = result["value"]["features"]
    people = countries().column("pop_est")[row].as_py()
    assert record["attributes"]["SUM"] == pytest.approx(people, rel=1e-6)
    assert record["attributes"]["MAX"] == pytest.approx(people, rel=1e-6)
    assert any("counted by area" in one for one in said)


def test_people_of_an_area_are_those_that_geopandas_finds_on_an_equal_area_map(rest):
    box = shapely.box(5, 45, 15, 50)
    frame = countries().to_geopandas()
    frame = frame.set_geometry(frame.segmentize(0.01)).to_crs("ESRI:54034")
    area = geopandas.GeoSeries([shapely.segmentize(box, 0.01)], crs=4326).to_crs(
        "ESRI:54034"
    )[0]
    shares = frame.intersection(area).area / frame.area
    people = (shares * frame["pop_est"])[shares > 0]
    rings = [list(box.exterior.coords)]
    result, _ = executed(
        rest, POPULATION, inputPoly=features("Polygon", {"rings": rings})
    )
    found = result["value"]["features"][0]["attributes"]
    assert found["SUM"] == pytest.approx(people.sum(), rel=1e-4)
    assert found["COUNT"] == len(people)
    assert found["STD"] == pytest.approx(people.std(ddof=0), rel=1e-4)
    assert found["RANGE"] == pytest.approx(found["MAX"] - found["MIN"])
    assert found["MEAN"] == pytest.approx(people.mean(), rel=1e-4)


def test_nobody_lives_at_sea(rest):
    rings = [[[-40, 30], [-40, 31], [-39, 31], [-39, 30], [-40, 30]]]
    result, _ = executed(
        rest, POPULATION, inputPoly=features("Polygon", {"rings": rings})
    )
    found = result["value"]["features"][0]["attributes"]
    assert [found[name] for name in ("AREA", "COUNT", "MIN", "MAX", "SUM", "STD")] == [
        0
    ] * 6
