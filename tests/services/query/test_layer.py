"""Stored layers: object ids, time, heights, tables, rows without geometry."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import shapely

from services.errors import InvalidParameters, NotFound
from services.geometry.features import FeatureSet, Field, RecordSet
from services.query.answers import answer
from services.query.description import layer_document
from services.query.layer import open_layer
from services.stored import write_features, write_table

DAYS = [datetime(2024, 1, day, tzinfo=UTC) for day in (1, 2, 3)]


def ask(path: Path, **fields: Any) -> Any:
    layer = open_layer(str(path))
    return orjson.loads(answer(layer, {"outFields": "*"} | fields, "json", 2000))


def stored(folder: Path, features: FeatureSet) -> Path:
    path = folder / "layer.parquet"
    write_features(features, path)
    return path


def column(document: Any, name: str) -> list[Any]:
    return [one["attributes"][name] for one in document["features"]]


def milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


@pytest.mark.protocol("9 query: time")
def test_time_selects_by_the_first_date_field(tmp_path):
    points = shapely.points(np.arange(3.0), 0)
    path = stored(tmp_path, FeatureSet.of(points, {"day": DAYS, "n": [1, 2, 3]}))
    first, second, third = map(milliseconds, DAYS)
    assert column(ask(path, time=second), "n") == [2]
    assert column(ask(path, time=f"{second},null"), "n") == [2, 3]
    assert column(ask(path, time=f"null,{second}"), "n") == [1, 2]
    assert column(ask(path, time=f"{first},{third}"), "n") == [1, 2, 3]
    about = layer_document(open_layer(str(path)), {"id": 0, "name": "Days"})
    assert about["timeInfo"]["startTimeField"] == "day"
    assert about["timeInfo"]["timeExtent"] == [int(first), int(third)]


def test_rows_without_an_object_id_are_numbered_in_stored_order(tmp_path):
    points = shapely.points(np.arange(3.0), 0)
    path = stored(tmp_path, FeatureSet.of(points, {"OBJECTID": ["c", "a", "b"]}))
    found = ask(path, orderByFields="objectid")
    assert found["objectIdFieldName"] == "OBJECTID_1"
    assert column(found, "OBJECTID_1") == [2, 3, 1]


@pytest.mark.parametrize(("given", "kept"), [([7, 9, 5], True), ([7, 7, 5], False)])
def test_object_ids_are_kept_if_each_is_there_once(tmp_path, given, kept):
    fields = (Field("FID", "esriFieldTypeOID"),)
    points = shapely.points(np.arange(3.0), 0)
    path = stored(tmp_path, FeatureSet.of(points, {"FID": given}, fields=fields))
    found = ask(path)
    assert found["objectIdFieldName"] == ("FID" if kept else "OBJECTID")
    assert column(found, found["objectIdFieldName"]) == (given if kept else [1, 2, 3])
    assert column(found, "FID") == given


@pytest.mark.protocol("9 query: returnZ and returnM")
@pytest.mark.parametrize(
    "more",
    [{}, {"geometryPrecision": "1"}, {"quantizationParameters": '{"tolerance": 0.5}'}],
    ids=["plain", "rounded", "quantised"],
)
def test_heights_and_measures_come_when_asked_for(tmp_path, more):
    line = shapely.from_wkt("LINESTRING ZM (0 0 7.25 1, 2 2 8.5 2)")
    path = stored(tmp_path, FeatureSet.of([line]))
    plain = ask(path, **more)
    assert (plain["hasZ"], plain["hasM"]) == (False, False)
    assert len(plain["features"][0]["geometry"]["paths"][0][0]) == 2
    whole = ask(path, returnZ="true", returnM="true", **more)
    assert (whole["hasZ"], whole["hasM"]) == (True, True)
    rows = whole["features"][0]["geometry"]["paths"][0]
    assert [row[2:] for row in rows] == [[7.25, 1], [8.5, 2]]


@pytest.mark.parametrize("more", [{}, {"quantizationParameters": '{"tolerance": 0.5}'}])
def test_heights_of_points_come_when_asked_for(tmp_path, more):
    path = stored(
        tmp_path, FeatureSet.of([shapely.Point(1, 2, 3.5), shapely.Point(4, 5, 6)])
    )
    found = ask(path, returnZ="true", **more)
    assert [one["geometry"]["z"] for one in found["features"]] == [3.5, 6]


def test_rows_without_geometry_have_none_and_lie_nowhere(tmp_path):
    shapes = [shapely.Point(1, 1), None, shapely.Point()]
    path = stored(tmp_path, FeatureSet.of(shapes, {"n": [1, 2, 3]}))
    assert ask(path, where="1=1")["features"][1]["geometry"] is None
    assert column(ask(path, geometry="-180,-90,180,90"), "n") == [1]
    extent = ask(path, returnExtentOnly="true")["extent"]
    assert (extent["xmin"], extent["xmax"]) == (1, 1)


@pytest.mark.protocol("9 table resource and its query")
def test_a_table_has_rows_and_no_place(tmp_path):
    path = tmp_path / "table.parquet"
    write_table(RecordSet.from_columns({"n": [1, 2, 3]}), path)
    about = layer_document(open_layer(str(path)), {"id": 3, "name": "Rows"})
    assert (about["type"], about["id"]) == ("Table", 3)
    assert "geometryType" not in about
    found = ask(path, where="n>1")
    assert found["features"] == [{"attributes": {"OBJECTID": 2, "n": 2}},
                                 {"attributes": {"OBJECTID": 3, "n": 3}}]  # fmt: skip
    for fields in ({"geometry": "0,0,1,1"}, {"returnExtentOnly": "true"}):
        with pytest.raises(InvalidParameters, match="table"):
            ask(path, **fields)


def test_an_empty_set_answers_everything(tmp_path):
    fields = (Field("n", "esriFieldTypeInteger"),)
    path = stored(tmp_path, FeatureSet.of([], {"n": []}, fields=fields))
    assert ask(path, where="n>1")["features"] == []
    assert ask(path, returnCountOnly="true", returnExtentOnly="true")["count"] == 0
    wanted = json.dumps([{"statisticType": kind, "onStatisticField": "n", "statisticParameters": {"value": 0.5}}
                         for kind in ("sum", "count", "stddev", "percentile_cont")])  # fmt: skip
    [row] = ask(path, outStatistics=wanted)["features"]
    assert list(row["attributes"].values()) == [None, 0, None, None]
    alone = ask(path, outStatistics=json.dumps(json.loads(wanted)[3:]))
    assert list(alone["features"][0]["attributes"].values()) == [None]
    for name in ("geojson", "pbf"):
        assert answer(open_layer(str(path)), {"outFields": "*"}, name, 2000)


def test_a_layer_is_read_anew_once_its_file_has_changed(tmp_path):
    path = stored(tmp_path, FeatureSet.of([shapely.Point(0, 0)]))
    first = open_layer(str(path))
    assert open_layer(str(path)) is first
    stored(tmp_path, FeatureSet.of(shapely.points([0, 1], 0)))
    os.utime(path, (1, 1))
    assert ask(path, returnCountOnly="true") == {"count": 2}
    path.unlink()
    with pytest.raises(NotFound):
        open_layer(str(path))
