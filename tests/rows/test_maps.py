"""Section 9: result maps, their life, their pictures and legends."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from jobs.models import Job
from jobs.workers import sweeper
from tests.jobs.maps import (
    RED,
    SQUARE,
    TASK,
    body_of,
    echo_job,
    map_of,
    paint,
    pixels_of,
)  # fmt: skip


@pytest.fixture
def job(rest, published) -> str:
    return echo_job(rest, published)


@pytest.mark.protocol("9 a map goes with its job")
def test_a_map_goes_when_the_time_of_its_job_is_over(rest, job):
    path = map_of(job)
    assert rest.get(path)["layers"]
    Job.objects.update(ended_at=timezone.now() - timedelta(days=30))
    sweeper.sweep()
    for below in ("", "/0", "/legend", "/export", "/0/query"):
        assert rest.get(path + below)["error"]["details"] == ["Job not found"]


@pytest.mark.protocol("9 maximumRecords 0 shows a map and gives no features")
def test_without_records_there_is_still_a_picture(rest, published):
    published("samples.Echo", "Maps/Echo", sync=False, result_map_server=True,
              maximum_records=0)  # fmt: skip
    job = rest.run_job(TASK, In_Features=SQUARE)
    data = rest.get(f"{job}/results/Out_Features", returnType="data")["value"]
    assert (data["features"], data["exceededTransferLimit"]) == ([], True)
    paint()
    picture = {"f": "image", "bbox": "0,0,10,10", "size": "20,20", "format": "png32"}
    pixels = pixels_of(rest.raw(f"{map_of(job)}/export", **picture))
    assert pixels[4, 4].tolist() == [255, 0, 0, 255]


@pytest.mark.protocol(
    "9 export, size is 400 by 400 if it is left out", "9 export, format is png if it is left out",
    "9 export, transparent is false if it is left out",
)  # fmt: skip
def test_a_picture_of_nothing_in_particular_shows_the_whole_map(rest, job):
    paint()
    answer = rest.get(f"{map_of(job)}/export")
    assert (answer["width"], answer["height"]) == (400, 400)
    extent = [answer["extent"][side] for side in ("xmin", "ymin", "xmax", "ymax")]
    assert extent[0] <= 0 < 10 <= extent[2]
    assert extent[1] <= 0 < 10 <= extent[3]
    address = urlsplit(answer["href"])
    response = rest.client.get(f"{address.path}?{address.query}")
    assert response["Content-Type"] == "image/png"
    pixels = pixels_of(response)
    assert pixels.shape == (400, 400, 4)
    assert (pixels[..., 3] == 255).all()


@pytest.mark.protocol("9 export, dpi")
@pytest.mark.parametrize("dpi", [48, 96, 300])
def test_the_scale_is_that_of_the_resolution(rest, job, dpi):
    answer = rest.get(f"{map_of(job)}/export", bbox="0,0,10,10", dpi=dpi)
    # 10 degrees on 400 pixels, 111319.49 m a degree, 39.37 inches a metre
    expected = 10 / 400 * 111319.49 * dpi * 39.37
    assert answer["scale"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.protocol("9 export, mapScale")
def test_a_scale_is_kept_round_the_middle_of_the_box(rest, job):
    asked = {"bbox": "0,0,10,10", "mapScale": "5000000", "size": "200,100"}
    answer = rest.get(f"{map_of(job)}/export", **asked)
    assert answer["scale"] == pytest.approx(5e6, rel=1e-9)
    extent = answer["extent"]
    assert (extent["xmin"] + extent["xmax"]) / 2 == pytest.approx(5)
    assert (extent["ymin"] + extent["ymax"]) / 2 == pytest.approx(5)
    # the formula of the scale, turned round
    width = 5e6 / (111319.49 * 96 * 39.37) * 200
    assert extent["xmax"] - extent["xmin"] == pytest.approx(width, rel=1e-6)


@pytest.mark.protocol("9 export, href holds every option")
def test_an_address_holds_every_option(rest, job):
    asked = {"bbox": "-5,-5,15,15", "size": "40,20", "format": "jpg", "dpi": "72"}
    address = urlsplit(rest.get(f"{map_of(job)}/export", **asked)["href"])
    response = rest.client.get(f"{address.path}?{address.query}")
    assert response["Content-Type"] == "image/jpeg"
    assert body_of(response).startswith(b"\xff\xd8")


SYMBOL = RED["renderer"]["symbol"]


@pytest.mark.protocol("9 legend, values of classes")
@pytest.mark.parametrize(
    ("renderer", "values"),
    [
        ({"type": "uniqueValue", "field1": "name", "defaultSymbol": SYMBOL,
          "uniqueValueInfos": [{"value": "square", "symbol": SYMBOL}]},
         [["square"], None]),
        ({"type": "classBreaks", "field": "size", "minValue": 0,
          "classBreakInfos": [{"classMaxValue": 5, "symbol": SYMBOL},
                              {"classMaxValue": 9.5, "symbol": SYMBOL}]},
         [[5], [9.5]]),
        (RED["renderer"], [None]),
    ],
    ids=["uniqueValue", "classBreaks", "simple"],
)  # fmt: skip
def test_a_legend_tells_the_values_of_each_class(rest, job, renderer, values):
    paint({"renderer": renderer})
    (layer,) = rest.get(f"{map_of(job)}/legend")["layers"]
    assert [one.get("values") for one in layer["legend"]] == values


DAY = 86_400_000
#: Two squares beside each other, of the first and of the second day, and one of no day.
DATED = json.dumps({
    "geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4326},
    "fields": [{"name": "name", "type": "esriFieldTypeString"},
               {"name": "seen", "type": "esriFieldTypeDate"}],
    "features": [
        {"attributes": {"name": name, "seen": seen},
         "geometry": {"rings": [[[x, 0], [x, 9], [x + 9, 9], [x + 9, 0], [x, 0]]]}}
        for name, seen, x in (("first", 0, 0), ("second", DAY, 10), ("never", None, 20))
    ],
})  # fmt: skip
SPANS = [
    ("0", "first"), (f"0,{DAY}", "first second"), (f"1,{DAY}", "second"),
    (f"{DAY},null", "second"), ("null,0", "first"), ("null,null", "first second"),
    ("", "first second never"), ("1", ""),
]  # fmt: skip


@pytest.fixture
def dated(rest, published) -> str:
    """The path of a job whose features have dates, all but one."""
    published("samples.Echo", "Maps/Echo", sync=False, result_map_server=True)
    return rest.run_job(TASK, In_Features=DATED)


@pytest.mark.protocol("9 time of export and identify")
@pytest.mark.parametrize(("time", "names"), SPANS)
def test_a_span_of_time_chooses_what_is_drawn_and_found(rest, dated, time, names):
    paint()
    path = map_of(dated)
    picture = {"f": "image", "bbox": "0,0,30,10", "size": "300,100",
               "transparent": "true", "format": "png32"}  # fmt: skip
    pixels = pixels_of(rest.raw(f"{path}/export", time=time, **picture))
    shown = [name for name, column in (("first", 45), ("second", 145), ("never", 245))
             if pixels[55, column, 3]]  # fmt: skip
    look = {"geometryType": "esriGeometryEnvelope", "geometry": "0,0,30,10",
            "mapExtent": "0,0,30,10", "imageDisplay": "300,100,96", "tolerance": "0",
            "time": time}  # fmt: skip
    found = [one["value"] for one in rest.get(f"{path}/identify", **look)["results"]]
    assert shown == found == names.split()


@pytest.mark.protocol("9 time of export and identify", "5.5 time of a map image")
def test_a_picture_keeps_the_time_in_its_address(rest, dated):
    paint()
    asked = {"bbox": "0,0,30,10", "size": "300,100", "time": "0", "format": "png32"}
    for path in (f"{map_of(dated)}/export", f"{dated}/results/Out_Features"):
        answer = rest.get(path, transparent="true", **asked)
        href = answer.get("href") or answer["value"]["mapImage"]["href"]
        address = urlsplit(href)
        pixels = pixels_of(rest.client.get(f"{address.path}?{address.query}"))
        assert [bool(pixels[55, at, 3]) for at in (45, 145)] == [True, False]


@pytest.mark.protocol("9 timeInfo of a map and its layers")
def test_a_map_and_its_layer_tell_their_time(rest, dated):
    layer = rest.get(f"{map_of(dated)}/0")["timeInfo"]
    assert (layer["startTimeField"], layer["timeExtent"]) == ("seen", [0, DAY])
    assert rest.get(map_of(dated))["timeInfo"]["timeExtent"] == [0, DAY]


@pytest.mark.protocol("9 layers without dates are there at any time")
def test_a_layer_without_dates_has_no_time(rest, job):
    paint()
    assert "timeInfo" not in rest.get(f"{map_of(job)}/0")
    assert "timeInfo" not in rest.get(map_of(job))
    asked = {"f": "image", "bbox": "0,0,10,10", "size": "20,20", "format": "png32"}
    pixels = pixels_of(rest.raw(f"{map_of(job)}/export", time="0", **asked))
    assert pixels[4, 4].tolist() == [255, 0, 0, 255]
