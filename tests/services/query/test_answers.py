"""Each parameter of a query against geopandas, pandas and pyproj."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import pyproj
import pytest
import shapely

from services import data
from services.errors import InvalidParameters
from services.query.answers import answer
from services.query.layer import open_layer
from tests.services.formats.pbuffer import feature_result, parts, value

COUNTRIES, CITIES = open_layer("shipped:countries"), open_layer("shipped:cities")


def _frame(features: Any) -> gpd.GeoDataFrame:
    frame = features.to_geopandas()
    frame.insert(0, "OBJECTID", range(1, len(frame) + 1))
    return frame


LAND, TOWNS = _frame(data.countries()), _frame(data.cities())
ALPS = "5,44,15,49"


def ask(layer: Any = COUNTRIES, *, most: int = 2000, **fields: Any) -> Any:
    fields = {"outFields": "*"} | fields
    return orjson.loads(
        answer(layer, {k: str(v) for k, v in fields.items()}, "json", most)
    )


def ids(document: dict[str, Any]) -> list[int]:
    return [one["attributes"]["OBJECTID"] for one in document["features"]]


def refusal(layer: Any = COUNTRIES, format_name: str = "json", **fields: str) -> str:
    with pytest.raises(InvalidParameters) as caught:
        answer(layer, fields, format_name, 2000)
    return str(caught.value)


QUERIES = {
    "triangle": {"rings": [[[5, 44], [20, 44], [12, 56], [5, 44]]]},
    "Germany": {
        "rings": [
            list(
                map(
                    list,
                    LAND.geometry[LAND["name"] == "Germany"].iloc[0].exterior.coords,
                )
            )
        ]
    },
}
PREDICATES = {
    "Intersects": "intersects", "Contains": "contains", "Within": "within",
    "Touches": "touches", "Overlaps": "overlaps", "Crosses": "crosses",
}  # fmt: skip


@pytest.mark.protocol("9 query: geometryType")
@pytest.mark.protocol("9 query: spatialRel")
@pytest.mark.parametrize("relation", PREDICATES)
@pytest.mark.parametrize("name", QUERIES)
def test_relations_are_those_of_the_query_geometry_to_the_features(relation, name):
    asked = shapely.Polygon(QUERIES[name]["rings"][0])
    held = getattr(shapely, PREDICATES[relation])(asked, LAND.geometry.values)
    found = ask(
        geometry=json.dumps(QUERIES[name]),
        geometryType="esriGeometryPolygon",
        spatialRel=f"esriSpatialRel{relation}",
        returnGeometry="false",
    )
    assert ids(found) == LAND["OBJECTID"][held].tolist()


@pytest.mark.parametrize("relation", ["EnvelopeIntersects", "IndexIntersects"])
def test_envelopes_may_be_all_that_counts(relation):
    box = shapely.box(*shapely.Polygon(QUERIES["triangle"]["rings"][0]).bounds)
    held = shapely.intersects(box, shapely.envelope(LAND.geometry.values))
    found = ask(
        geometry=json.dumps(QUERIES["triangle"]),
        geometryType="esriGeometryPolygon",
        spatialRel=f"esriSpatialRel{relation}",
    )
    assert ids(found) == LAND["OBJECTID"][held].tolist()


@pytest.mark.protocol("9 query: geometry, inSR")
def test_an_envelope_in_another_reference_is_brought_to_the_layer():
    held = LAND.geometry.intersects(shapely.box(5, 44, 15, 49))
    there = pyproj.Transformer.from_crs(4326, 3857, always_xy=True)
    west, south = there.transform(5, 44)
    east, north = there.transform(15, 49)
    mercator = f"{west},{south},{east},{north}"
    assert ids(ask(geometry=ALPS)) == LAND["OBJECTID"][held].tolist()
    assert ids(ask(geometry=mercator, inSR="102100")) == LAND["OBJECTID"][held].tolist()
    own = json.dumps({"xmin": west, "ymin": south, "xmax": east, "ymax": north,
                      "spatialReference": {"wkid": 102100}})  # fmt: skip
    assert ids(ask(geometry=own)) == LAND["OBJECTID"][held].tolist()


@pytest.mark.protocol("9 query: distance and units")
@pytest.mark.parametrize(
    ("distance", "units", "metres"),
    [(500, "esriSRUnit_Kilometer", 5e5), (600, "esriSRUnit_StatuteMile", 965606.4),
     (250_000, "", 2.5e5)],
)  # fmt: skip
def test_a_distance_is_one_on_the_ground(distance, units, metres):
    geod = pyproj.Geod(ellps="WGS84")
    count = len(TOWNS)
    _, _, away = geod.inv(
        np.full(count, 8.0), np.full(count, 50.0), TOWNS.geometry.x, TOWNS.geometry.y
    )
    found = ask(
        CITIES, geometry="8,50", geometryType="esriGeometryPoint", distance=distance,
        units=units, returnGeometry="false",
    )  # fmt: skip
    assert ids(found) == TOWNS["OBJECTID"][away <= metres].tolist()


@pytest.mark.protocol("9 query: objectIds")
def test_object_ids_and_where_and_geometry_narrow_each_other():
    held = LAND.geometry.intersects(shapely.box(5, 44, 15, 49)) & (
        LAND["pop_est"] > 5e7
    )
    both = LAND["OBJECTID"][held].tolist()
    assert ids(ask(geometry=ALPS, where="pop_est > 50000000")) == both
    assert ids(ask(objectIds=f"{both[0]},3,999", geometry=ALPS)) == both[:1]


@pytest.mark.protocol("9 query: orderByFields")
def test_rows_are_sorted_with_equal_ones_in_stored_order():
    found = ask(orderByFields="Continent DESC, pop_est", returnGeometry="false")
    expected = LAND.sort_values(
        ["continent", "pop_est"], ascending=[False, True], kind="stable"
    )
    assert ids(found) == expected["OBJECTID"].tolist()


@pytest.mark.protocol("9 query: resultOffset and resultRecordCount")
@pytest.mark.parametrize("order", ["", "continent", "pop_est DESC"])
def test_pages_hold_every_row_once(order):
    seen: list[int] = []
    while True:
        page = ask(resultOffset=len(seen), resultRecordCount=13, orderByFields=order,
                   returnGeometry="false")  # fmt: skip
        seen += ids(page)
        if not page.get("exceededTransferLimit"):
            break
    assert len(seen) == 177
    assert sorted(seen) == list(range(1, 178))


@pytest.mark.protocol("clients 1.28 maxRecordCount")
def test_a_page_has_no_more_rows_than_the_server_gives():
    page = ask(most=50, returnGeometry="false", resultRecordCount=10**12)
    assert len(page["features"]) == 50
    assert page["exceededTransferLimit"] is True
    assert len(ask(most=50, maxRecordCountFactor=3)["features"]) == 150
    assert "exceededTransferLimit" not in ask(most=177)


@pytest.mark.protocol("9 query: outFields")
def test_fields_are_named_in_any_case_or_all():
    found = ask(outFields="NAME,Pop_Est", resultRecordCount=1, returnGeometry="false")
    assert [field["name"] for field in found["fields"]] == ["name", "pop_est"]
    assert "geometry" not in found["features"][0]
    assert list(
        ask(outFields="", resultRecordCount=1)["features"][0]["attributes"]
    ) == ["OBJECTID"]
    assert "outFields" in refusal(outFields="*,(SELECT password FROM auth_user)")
    assert "outFields" in refusal(outFields="job__owner__password")


@pytest.mark.protocol("9 query: returnCountOnly")
@pytest.mark.protocol("clients 1.15 count and extent together")
def test_count_and_extent_come_together_or_alone():
    held = LAND[LAND["continent"] == "Europe"]
    both = ask(
        where="continent='Europe'", returnCountOnly="true", returnExtentOnly="true"
    )
    west, south, east, north = held.total_bounds
    assert both["count"] == len(held)
    extent = [both["extent"][name] for name in ("xmin", "ymin", "xmax", "ymax")]
    assert extent == pytest.approx([west, south, east, north])
    assert ask(where="continent='Europe'", returnCountOnly="true") == {
        "count": len(held)
    }
    assert list(ask(returnExtentOnly="True", outSR="102100")) == ["extent"]


def test_the_extent_comes_in_the_reference_that_is_asked():
    found = ask(where="name='France'", returnExtentOnly="true", outSR="3857")["extent"]
    france = LAND[LAND["name"] == "France"].to_crs(3857).total_bounds
    assert [found[k] for k in ("xmin", "ymin", "xmax", "ymax")] == pytest.approx(
        france, rel=1e-9
    )
    assert found["spatialReference"]["wkid"] == 3857
    assert ask(where="1=0", returnExtentOnly="true")["extent"]["xmin"] == "NaN"


@pytest.mark.protocol("9 query: returnIdsOnly")
def test_ids_come_without_a_limit():
    found = ask(where="pop_est>50000000", returnIdsOnly="true", most=3)
    expected = LAND["OBJECTID"][LAND["pop_est"] > 5e7].tolist()
    assert found == {"objectIdFieldName": "OBJECTID", "objectIds": expected}


@pytest.mark.protocol("9 query: outStatistics and groupByFieldsForStatistics")
def test_statistics_are_those_of_pandas():
    kinds = {"count": "count", "sum": "sum", "min": "min", "max": "max", "avg": "mean",
             "stddev": "std", "var": "var"}  # fmt: skip
    wanted = [{"statisticType": kind, "onStatisticField": "POP_EST",
               "outStatisticFieldName": kind} for kind in kinds]  # fmt: skip
    found = ask(
        outStatistics=json.dumps(wanted), groupByFieldsForStatistics="continent",
        orderByFields="sum DESC", where="pop_est > 0",
    )  # fmt: skip
    held = (
        LAND[LAND["pop_est"] > 0]
        .groupby("continent")["pop_est"]
        .agg(list(kinds.values()))
    )
    held = held.sort_values("sum", ascending=False)
    rows = pd.DataFrame([one["attributes"] for one in found["features"]])
    assert rows["continent"].tolist() == held.index.tolist()
    for kind, name in kinds.items():
        ours = rows[kind].astype(float).to_numpy()
        np.testing.assert_allclose(ours, held[name].to_numpy(float), rtol=1e-9)


@pytest.mark.protocol("9 query: percentiles")
@pytest.mark.parametrize("share", [0, 0.25, 0.5, 0.9, 1])
def test_percentiles_are_those_of_numpy(share):
    wanted = [{"statisticType": f"PERCENTILE_{kind}", "onStatisticField": "pop_est",
               "outStatisticFieldName": kind, "statisticParameters": {"value": share}}
              for kind in ("CONT", "DISC")]  # fmt: skip
    found = ask(
        outStatistics=json.dumps(wanted), groupByFieldsForStatistics="continent"
    )
    for row in (one["attributes"] for one in found["features"]):
        values = LAND["pop_est"][LAND["continent"] == row["continent"]]
        assert row["CONT"] == pytest.approx(np.quantile(values, share))
        assert row["DISC"] == np.quantile(values, share, method="inverted_cdf")


def test_percentiles_of_all_rows_stand_beside_other_statistics():
    wanted = [{"statisticType": kind, "onStatisticField": "pop_est", "outStatisticFieldName": kind,
               "statisticParameters": {"value": 0.9, "orderBy": way}}
              for kind, way in (("percentile_cont", "DESC"), ("max", ""))]  # fmt: skip
    [row] = ask(outStatistics=json.dumps(wanted))["features"]
    assert row["attributes"]["percentile_cont"] == pytest.approx(
        np.quantile(LAND["pop_est"], 0.1)
    )
    assert row["attributes"]["max"] == LAND["pop_est"].max()


@pytest.mark.protocol("9 query: returnDistinctValues")
def test_distinct_values_are_there_once():
    found = ask(returnDistinctValues="true", outFields="continent", orderByFields="continent",
                returnGeometry="false")  # fmt: skip
    values = [one["attributes"]["continent"] for one in found["features"]]
    assert values == sorted(LAND["continent"].unique())
    assert ask(
        returnDistinctValues="true", outFields="continent", returnCountOnly="true"
    ) == {"count": len(values)}


@pytest.mark.protocol("9 query: outSR")
def test_features_come_in_the_reference_that_is_asked():
    found = ask(CITIES, outSR='{"wkid":102100,"latestWkid":3857}', where="OBJECTID<=5")
    expected = TOWNS.head(5).to_crs(3857).geometry
    ours = [(one["geometry"]["x"], one["geometry"]["y"]) for one in found["features"]]
    np.testing.assert_allclose(
        ours, list(zip(expected.x, expected.y, strict=True)), rtol=1e-9
    )
    assert found["spatialReference"] == {"wkid": 102100, "latestWkid": 3857}


@pytest.mark.protocol("9 query: geometryPrecision and maxAllowableOffset")
def test_geometries_are_rounded_and_generalised():
    fine = ask(where="name='Canada'")["features"][0]["geometry"]["rings"]
    coarse = ask(where="name='Canada'", maxAllowableOffset="1", geometryPrecision="1")
    rings = coarse["features"][0]["geometry"]["rings"]
    assert sum(map(len, rings)) < sum(map(len, fine)) / 2
    flat = np.concatenate([np.array(ring) for ring in rings])
    np.testing.assert_allclose(flat, np.round(flat, 1), atol=1e-12)
    simple = LAND[LAND["name"] == "Canada"].geometry.simplify(1.0).iloc[0]
    assert sum(map(len, rings)) == shapely.get_num_coordinates(simple)


GRID = {"mode": "view", "originPosition": "upperLeft", "tolerance": 0.25,
        "extent": {"xmin": -180, "ymin": -90, "xmax": 180, "ymax": 90}}  # fmt: skip


@pytest.mark.protocol("9 query: quantizationParameters")
def test_quantised_coordinates_lead_back_to_within_half_a_step():
    found = ask(quantizationParameters=json.dumps(GRID), where="name='France'")
    assert found["transform"] == {
        "originPosition": "upperLeft", "scale": [0.25, 0.25], "translate": [-180.0, 90.0]
    }  # fmt: skip
    rings = found["features"][0]["geometry"]["rings"]
    france = LAND[LAND["name"] == "France"].geometry.iloc[0]
    for ring in rings:
        at = np.cumsum(np.array(ring), axis=0) * [0.25, -0.25] + [-180, 90]
        off = shapely.distance(shapely.points(at), shapely.boundary(france))
        assert off.max() <= 0.25 * np.sqrt(0.5)
        assert (np.diff(at, axis=0) != 0).any(axis=1).all()


@pytest.mark.protocol("9 query: f=pbf with quantizationParameters")
def test_a_protocol_buffer_is_on_the_grid_that_is_asked():
    fields = {"outFields": "name", "quantizationParameters": json.dumps(GRID),
              "resultRecordCount": "7", "returnGeometry": "true"}  # fmt: skip
    result = feature_result(answer(COUNTRIES, fields, "pbf", 2000))
    assert result.exceededTransferLimit
    assert len(result.features) == 7
    assert result.transform.scale.xScale == 0.25
    assert (
        result.transform.translate.xTranslate,
        result.transform.translate.yTranslate,
    ) == (-180, 90)
    names = [value(one.attributes[0]) for one in result.features]
    assert names == LAND["name"].head(7).tolist()
    ours = ask(where="OBJECTID<=7", quantizationParameters=json.dumps(GRID))
    for message, feature in zip(result.features, ours["features"], strict=True):
        told = [np.cumsum(np.array(ring), axis=0) * [0.25, -0.25] + [-180, 90]
                for ring in feature["geometry"]["rings"]]  # fmt: skip
        for mine, theirs in zip(parts(result, message), told, strict=True):
            np.testing.assert_allclose(np.array(mine), theirs)


def test_pbf_of_statistics_and_without_geometry():
    wanted = '[{"statisticType":"sum","onStatisticField":"pop_est","outStatisticFieldName":"s"}]'
    result = feature_result(answer(COUNTRIES, {"outStatistics": wanted}, "pbf", 2000))
    assert value(result.features[0].attributes[0]) == LAND["pop_est"].sum()
    fields = {"outFields": "name", "returnGeometry": "false"}
    result = feature_result(answer(COUNTRIES, fields, "pbf", 2000))
    assert len(result.features) == 177
    assert not result.features[0].HasField("geometry")


@pytest.mark.protocol("clients 1.16 exceededTransferLimit of GeoJSON")
def test_geojson_says_on_both_places_that_there_is_more():
    fields = {"outFields": "*", "resultRecordCount": "3", "outSR": "102100"}
    page = orjson.loads(answer(CITIES, fields, "geojson", 2000))
    assert page["exceededTransferLimit"] is True
    assert page["properties"] == {"exceededTransferLimit": True}
    assert [one["id"] for one in page["features"]] == [1, 2, 3]
    assert page["features"][0]["geometry"]["coordinates"] == pytest.approx(
        [TOWNS.geometry.x[0], TOWNS.geometry.y[0]]
    )


@pytest.mark.protocol("clients 1.29 ring order")
def test_outer_rings_run_clockwise_in_esri_json():
    for feature in ask(where="continent='Europe'")["features"]:
        outer = [shapely.LinearRing(ring) for ring in feature["geometry"]["rings"]]
        assert not shapely.is_ccw(outer[0])


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"orderByFields": "OBJECTID; DROP TABLE job"}, "orderByFields"),
        ({"orderByFields": "?"}, "orderByFields"),
        ({"outStatistics": '[{"statisticType":"sum","onStatisticField":"OBJECTID",'
          '"outStatisticFieldName":"x\\" from auth_user--"}]'}, "outStatisticFieldName"),
        ({"outStatistics": '[{"statisticType":"sum","onStatisticField":"name"}]'}, "numeric"),
        ({"outStatistics": "[1]"}, "outStatistics"),
        ({"groupByFieldsForStatistics": "nope", "outStatistics": '[{"statisticType":"count",'
          '"onStatisticField":"name"}]'}, "groupByFieldsForStatistics"),
        ({"resultOffset": "-1"}, "resultOffset"),
        ({"objectIds": "1,2,abc"}, "objectIds"),
        ({"geometry": '{"x":1}'}, "geometry"),
        ({"geometry": '{"x":1}', "geometryType": "esriGeometryPoint"}, "geometry"),
        ({"geometry": "1,2,3"}, "geometry"),
        ({"geometry": "nan,0,1,1"}, "geometry"),
        ({"geometry": '{"rings":[[[0,0]]]}', "geometryType": "esriGeometryPolygon"}, "geometry"),
        ({"geometryType": "box"}, "geometryType"),
        ({"inSR": "999999"}, "inSR"),
        ({"outSR": "x"}, "outSR"),
        ({"spatialRel": "esriSpatialRelNear"}, "spatialRel"),
        ({"quantizationParameters": '{"mode":"view","tolerance":0}'}, "quantizationParameters"),
        ({"quantizationParameters": "{"}, "quantizationParameters"),
        ({"time": "a,b"}, "time"),
        ({"time": "1,2"}, "no field of dates"),
        ({"returnGeometry": "maybe"}, "returnGeometry"),
        ({"maxAllowableOffset": "-1"}, "maxAllowableOffset"),
        ({"distance": "far", "geometry": "1,1"}, "distance"),
        ({"distance": "30000", "units": "esriSRUnit_Kilometer"}, "distance"),
        ({"quantizationParameters": '{"tolerance":1e-300}'}, "tolerance"),
        ({"quantizationParameters": '{"extent":{"xmin":1,"ymin":0,"xmax":0,"ymax":1}}'}, "extent"),
        ({"groupByFieldsForStatistics": "name", "outStatistics": '[{"statisticType":"count",'
          '"onStatisticField":"name","outStatisticFieldName":"NAME"}]'}, "outStatisticFieldName"),
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_its_name(fields, word):
    assert word in refusal(**fields)


def test_a_grid_of_nothing_and_a_field_named_twice_are_answered():
    for name in ("json", "pbf"):
        fields = {"where": "1=0", "quantizationParameters": '{"tolerance": 5}'}
        assert answer(COUNTRIES, fields, name, 2000)
    found = ask(groupByFieldsForStatistics="continent,Continent", outFields="")
    assert len(found["features"]) == LAND["continent"].nunique()


def test_all_problems_are_told_at_once():
    text = refusal(resultOffset="-1", objectIds="x", outSR="y")
    assert all(name in text for name in ("resultOffset", "objectIds", "outSR"))


@pytest.mark.protocol("9 query: spatialRel with relationParam")
@pytest.mark.parametrize(
    "pattern", ["T********", "FF*FF****", "T*F**F***", "F***T****", "212101212"]
)
def test_a_relation_is_any_that_its_matrix_describes(pattern: str):
    shape = LAND.geometry[LAND["name"] == "Germany"].iloc[0]
    ring = [list(map(list, shape.exterior.coords))]
    found = ask(
        geometry=json.dumps({"rings": ring}), geometryType="esriGeometryPolygon",
        spatialRel="esriSpatialRelRelation", returnGeometry="false",
        relationParam=f'RELATE(G1, G2, "{pattern}")',
    )  # fmt: skip
    expected = [gpd.GeoSeries([shape]).relate_pattern(one, pattern).iloc[0]
                for one in LAND.geometry]  # fmt: skip
    assert ids(found) == LAND["OBJECTID"][expected].tolist()


@pytest.mark.parametrize("given", [{}, {"relationParam": "TTT"}])
def test_a_relation_by_matrix_needs_nine_signs(given: dict[str, str]):
    told = refusal(geometry=ALPS, spatialRel="esriSpatialRelRelation", **given)
    assert "relationParam" in told
    assert "FFFTTT***" in told


@pytest.mark.protocol("9 query: having")
@pytest.mark.parametrize(
    "clause",
    ["SUM(pop_est) > 600000000", "people > 600000000", "avg(pop_est)>60000000"],
)
def test_having_keeps_groups_by_their_statistics(clause: str):
    statistics = [{"statisticType": "sum", "onStatisticField": "pop_est",
                   "outStatisticFieldName": "people"}]  # fmt: skip
    found = ask(
        groupByFieldsForStatistics="continent", outStatistics=json.dumps(statistics),
        having=clause,
    )  # fmt: skip
    groups = LAND.groupby("continent")["pop_est"]
    kept = groups.mean() > 6e7 if "avg" in clause else groups.sum() > 6e8
    got = {one["attributes"]["continent"]: one["attributes"]["people"]
           for one in found["features"]}  # fmt: skip
    assert got == groups.sum()[kept].to_dict()
    assert {one["name"] for one in found["fields"]} == {"continent", "people"}


@pytest.mark.parametrize(
    ("clause", "told"),
    [("SUM(nothing) > 1", "no field 'nothing'"), ("people >", "not a condition"),
     ("LENGTH(name) > 1", "must hold no LENGTH"), ("SUM(name) > 1", "not numeric")],
)  # fmt: skip
def test_a_wrong_having_is_told(clause: str, told: str):
    statistics = '[{"statisticType": "count", "onStatisticField": "name"}]'
    assert told in refusal(outStatistics=statistics, having=clause)
    assert "outStatistics" in refusal(having="COUNT(*) > 1")
