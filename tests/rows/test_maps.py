"""Section 9: result maps, their life, their pictures and legends."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from jobs import sweeper
from jobs.models import Job
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
