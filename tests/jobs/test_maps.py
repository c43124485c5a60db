"""The result map service of a job over REST."""

from __future__ import annotations

import base64
import io
import json
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from jobs.models import Job
from services.catalog import bump
from services.models import TaskParameter
from tests.conftest import Rest

TASK = "/Maps/Echo/GPServer/Echo"
RED = {
    "renderer": {
        "type": "simple",
        "symbol": {
            "type": "esriSFS",
            "style": "esriSFSSolid",
            "color": [255, 0, 0, 255],
            "outline": None,
        },
    }
}
#: A square of 10 degrees with a hole of 2 in its middle.
SQUARE = json.dumps(
    {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 4326},
        "features": [
            {
                "attributes": {"name": "square", "size": 10},
                "geometry": {
                    "rings": [
                        [[0, 0], [0, 10], [10, 10], [10, 0], [0, 0]],
                        [[4, 4], [6, 4], [6, 6], [4, 6], [4, 4]],
                    ]
                },
            }
        ],
    }
)


def body_of(response) -> bytes:
    """Return the bytes of a response, streamed or not."""
    if not response.streaming:
        return response.content
    body = b"".join(response.streaming_content)
    response.close()
    return body


def pixels_of(response) -> np.ndarray:
    """Return the picture of a response, shape (height, width, 4)."""
    image = Image.open(io.BytesIO(body_of(response)))
    return np.asarray(image.convert("RGBA"))


def map_of(job: str) -> str:
    """Return the map's path, made as the clients make it."""
    base, _, rest = job.partition("/GPServer")
    return f"{base}/MapServer/jobs/{rest.rpartition('/')[2]}"


def paint(info=RED, name="Out_Features") -> None:
    """Give an output a symbology, as the administrator does."""
    row = TaskParameter.objects.get(name=name)
    row.drawing_info = info
    row.full_clean()
    row.save()
    bump(row.task.service_id)


@pytest.fixture
def job(rest, published) -> str:
    published("samples.Echo", "Maps/Echo", sync=False, result_map_server=True)
    return rest.run_job(TASK, In_Features=SQUARE, In_Long=5)


@pytest.mark.protocol("9 export, f=image", "9 export, bbox and size")
def test_a_polygon_is_drawn_where_it_lies_and_its_hole_is_not(rest, job):
    paint()
    response = rest.raw(
        f"{map_of(job)}/export", f="image", bbox="-5,-5,15,15", size="200,200",
        format="png32", transparent="true",
    )  # fmt: skip
    assert response["Content-Type"] == "image/png"
    pixels = pixels_of(response)
    assert pixels.shape == (200, 200, 4)
    # 10 pixels a degree, the upper left corner is (-5, 15)
    assert pixels[100, 60].tolist() == [255, 0, 0, 255]  # (1, 5): inside
    assert pixels[100, 100].tolist()[3] == 0  # (5, 5): the hole
    for corner in (pixels[0, 0], pixels[0, -1], pixels[-1, 0], pixels[-1, -1]):
        assert corner[3] == 0
    inside = pixels[..., 3] > 128
    assert inside.sum() == pytest.approx(100 * 100 - 20 * 20, rel=0.01)


@pytest.mark.protocol("9 export, transparent")
def test_without_transparency_the_map_is_on_white(rest, job):
    paint()
    pixels = pixels_of(
        rest.raw(f"{map_of(job)}/export", f="image", bbox="-5,-5,15,15", size="200,200")
    )
    assert pixels[0, 0].tolist() == [255, 255, 255, 255]
    assert pixels[100, 100].tolist() == [255, 255, 255, 255]


@pytest.mark.protocol("9 export, imageSR")
def test_a_picture_in_web_mercator_has_the_polygon_there(rest, job):
    paint()
    # x = R λ, y = R ln tan(π/4 + φ/2), R = 6378137 m (EPSG 3857), for 10 degrees
    x, y = 1113194.9, 1118890.0
    pixels = pixels_of(
        rest.raw(
            f"{map_of(job)}/export", f="image", imageSR="102100", bboxSR="3857",
            bbox=f"0,0,{x},{x}", size="100,100", transparent="true",
        )
    )  # fmt: skip
    assert y > x
    assert (pixels[2, 5:95, 3] == 255).all()
    assert pixels[50, 50, 3] == 0


@pytest.mark.protocol("9 export, f=json", "9 export, the extent grows to the size")
def test_the_document_of_an_export_tells_where_the_picture_is(rest, job):
    paint()
    answer = rest.post(
        f"{map_of(job)}/export", bbox="0,0,10,10", size="400,200", dpi="96"
    )
    assert sorted(answer) == ["extent", "height", "href", "scale", "width"]
    assert (answer["width"], answer["height"]) == (400, 200)
    extent = answer["extent"]
    assert (extent["xmin"], extent["xmax"]) == pytest.approx((-5, 15))
    assert (extent["ymin"], extent["ymax"]) == pytest.approx((0, 10))
    assert extent["spatialReference"]["wkid"] == 4326
    # 0.05 degrees a pixel, 111319.49 m a degree, 96 pixels to 0.0254 m
    assert answer["scale"] == pytest.approx(0.05 * 111319.49 * 96 / 0.0254, rel=1e-6)


@pytest.mark.protocol("9 export, href opens without a token")
def test_the_href_opens_for_whoever_has_it(rest, published, owner):
    published(
        "samples.Echo", "Maps/Echo", sync=False, result_map_server=True,
        access="signed_in",
    )  # fmt: skip
    mine = Rest(_token(owner))
    done = mine.run_job(TASK, In_Features=SQUARE)
    href = mine.post(f"{map_of(done)}/export", size="50,50")["href"]
    place = urlsplit(href)
    response = rest.client.get(f"{place.path}?{place.query}")
    assert pixels_of(response).shape == (50, 50, 4)
    changed = rest.client.get(f"{place.path}?{place.query[:-2]}&f=json")
    assert "no such picture" in changed.json()["error"]["message"]
    foreign = rest.post(f"{map_of(done)}/export")
    assert foreign["error"]["code"] == 499


def _token(user) -> str:
    client = Rest().client
    answer = client.post(
        "/server/rest/generateToken",
        {"username": user.username, "password": "owner-pass-1", "f": "json"},
    )
    return answer.json()["token"]


DOCUMENT_KEYS = {
    "currentVersion", "mapName", "description", "copyrightText",
    "supportsDynamicLayers", "layers", "tables", "spatialReference",
    "singleFusedMapCache", "initialExtent", "fullExtent", "units",
    "supportedImageFormatTypes", "documentInfo", "capabilities", "maxRecordCount",
    "maxImageHeight", "maxImageWidth", "supportedQueryFormats",
}  # fmt: skip


@pytest.mark.protocol("9 map service document", "9 layers of the outputs")
def test_the_map_lists_features_and_tables_in_the_order_of_the_outputs(rest, job):
    answer = rest.get(map_of(job))
    assert DOCUMENT_KEYS <= set(answer)
    assert answer["singleFusedMapCache"] is False
    assert answer["units"] == "esriDecimalDegrees"
    named = {one["id"]: one["name"] for one in (*answer["layers"], *answer["tables"])}
    outputs = [
        one for one in Job.objects.get().outputs
        if one["dataType"] in ("GPFeatureRecordSetLayer", "GPRecordSet")
    ]  # fmt: skip
    names = [one.get("label") or one["name"].replace("_", " ") for one in outputs]
    assert [named[at] for at in sorted(named)] == names
    for one in answer["layers"]:
        assert one["parentLayerId"] == -1
        assert one["defaultVisibility"] is True
    sides = [answer["fullExtent"][side] for side in ("xmin", "ymin", "xmax", "ymax")]
    assert sides == [0, 0, 10, 10]


@pytest.mark.protocol("clients 1.3 a slash at the end", "clients 1.2 POST reads maps")
def test_the_map_answers_in_any_case_with_a_slash_and_by_post(rest, job):
    path = map_of(job)
    expected = rest.get(path)
    assert rest.get(f"{path}/") == expected
    assert rest.post(f"{path}/") == expected
    assert rest.get(path.replace("MapServer", "mapserver").upper()) == expected
    assert rest.get(path.replace("Maps/Echo", "maps/echo")) == expected


@pytest.mark.protocol("9 layer resource")
def test_a_layer_tells_fields_extent_and_drawing(rest, job):
    paint()
    answer = rest.get(f"{map_of(job)}/0")
    assert answer["type"] == "Feature Layer"
    assert answer["geometryType"] == "esriGeometryPolygon"
    assert answer["drawingInfo"]["renderer"] == RED["renderer"]
    assert answer["objectIdField"] == "OBJECTID"
    fields = {one["name"]: one["type"] for one in answer["fields"]}
    assert fields["OBJECTID"] == "esriFieldTypeOID"
    assert fields["name"] == "esriFieldTypeString"
    assert answer["extent"]["xmax"] == 10
    assert answer["maxRecordCount"] == 1000
    assert {"id", "name", "capabilities", "advancedQueryCapabilities"} <= set(answer)
    everything = rest.get(f"{map_of(job)}/layers")
    assert everything["layers"][0] == answer
    for table in everything["tables"]:
        assert table["type"] == "Table"
        assert "drawingInfo" not in table


@pytest.mark.protocol("9 legend")
def test_the_legend_shows_each_symbol_as_a_small_picture(rest, job):
    paint()
    answer = rest.get(f"{map_of(job)}/legend")
    first = answer["layers"][0]
    assert (first["layerId"], first["layerType"]) == (0, "Feature Layer")
    (entry,) = first["legend"]
    assert (entry["width"], entry["height"]) == (20, 20)
    assert entry["contentType"] == "image/png"
    image = Image.open(io.BytesIO(base64.b64decode(entry["imageData"])))
    assert image.size == (20, 20)
    assert image.convert("RGBA").getpixel((10, 10)) == (255, 0, 0, 255)
    assert image.convert("RGBA").getpixel((0, 0))[3] == 0


@pytest.mark.parametrize(
    ("kind", "media", "start"),
    [
        ("png", "image/png", b"\x89PNG"),
        ("png8", "image/png", b"\x89PNG"),
        ("png24", "image/png", b"\x89PNG"),
        ("PNG32", "image/png", b"\x89PNG"),
        ("jpg", "image/jpeg", b"\xff\xd8"),
        ("gif", "image/gif", b"GIF8"),
        ("bmp", "image/bmp", b"BM"),
        ("pdf", "application/pdf", b"%PDF"),
        ("svg", "image/svg+xml", b"<svg"),
    ],
)
@pytest.mark.protocol("9 export, format")
def test_a_picture_comes_in_the_format_that_was_asked(rest, job, kind, media, start):
    response = rest.raw(
        f"{map_of(job)}/export", f="image", format=kind, transparent="true"
    )
    assert response["Content-Type"] == media
    assert body_of(response).startswith(start)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("bbox", "a,b,c,d", "xmin,ymin,xmax,ymax"),
        ("bbox", "0,0,1", "xmin,ymin,xmax,ymax"),
        ("bbox", "1,0,0,1", "xmin must not be above"),
        ("bbox", "nan,0,0,1", "xmin,ymin,xmax,ymax"),
        ("size", "100000,100000", "4096"),
        ("size", "0,10", "4096"),
        ("size", "big", "width,height"),
        ("dpi", "1e9", "1200"),
        ("format", "tiff", "png8"),
        ("transparent", "maybe", "true or false"),
        ("layers", "show:77", "there is no layer"),
        ("layers", "everything", "show, hide"),
        ("imageSR", "999999", "wkid"),
        ("bboxSR", "{}", "wkid"),
        ("rotation", "45", "not rotated"),
        ("layerDefs", '{"0": "size > 3"}', "not filtered"),
        ("dynamicLayers", "[{}]", "mapLayer"),
        ("dynamicLayers", "nonsense", "JSON"),
        ("mapScale", "-1", "number"),
    ],
)
@pytest.mark.protocol("9 export, wrong parameters")
def test_a_wrong_parameter_is_named_with_what_was_expected(
    rest, job, name, value, told
):
    for asked in ("json", "image"):
        response = rest.raw(f"{map_of(job)}/export", **{"f": asked, name: value})
        error = response.json()["error"]
        assert error["code"] == 400
        assert f"'{name}'" in error["details"][0]
        assert told in error["details"][0]


@pytest.mark.protocol("9 export, layers=show|hide|include|exclude")
def test_layers_choose_what_is_drawn(rest, job):
    paint()
    asked = {"f": "image", "bbox": "0,0,10,10", "size": "10,10", "transparent": "true"}
    drawn = {}
    for choice in ("show:0", "show:", "hide:0", "include:0", "exclude:0"):
        response = rest.raw(f"{map_of(job)}/export", layers=choice, **asked)
        drawn[choice] = bool(pixels_of(response)[2, 2, 3])
    assert drawn == {
        "show:0": True, "show:": False, "hide:0": False, "include:0": True,
        "exclude:0": False,
    }  # fmt: skip


@pytest.mark.protocol("9 export, dynamicLayers")
def test_a_client_may_draw_a_layer_its_own_way(rest, job):
    blue = json.loads(json.dumps(RED).replace("[255, 0, 0, 255]", "[0, 0, 255, 255]"))
    layers = [
        {"id": 7, "source": {"type": "mapLayer", "mapLayerId": 0}, "drawingInfo": blue}
    ]
    asked = {"bbox": "0,0,10,10", "size": "10,10", "dynamicLayers": json.dumps(layers)}
    pixels = pixels_of(rest.raw(f"{map_of(job)}/export", f="image", **asked))
    assert pixels[2, 2].tolist() == [0, 0, 255, 255]
    href = urlsplit(rest.post(f"{map_of(job)}/export", **asked)["href"])
    again = pixels_of(rest.client.get(f"{href.path}?{href.query}"))
    assert again.tolist() == pixels.tolist()


@pytest.mark.protocol("5.5 image form", "5.5 export parameters")
def test_a_result_is_a_map_image_unless_its_data_are_asked(rest, job):
    path = f"{job}/results/Out_Features"
    answer = rest.get(path, size="300,100", bbox="0,0,10,10", format="png32")
    assert answer["dataType"] == "GPFeatureRecordSetLayer"
    assert set(answer["value"]) == {"mapImage"}
    image = answer["value"]["mapImage"]
    assert sorted(image) == ["extent", "height", "href", "scale", "width"]
    assert (image["width"], image["height"]) == (300, 100)
    data = rest.get(path, returnType="data")
    assert len(data["value"]["features"]) == 1


@pytest.mark.protocol("5.5 f=image")
def test_a_result_is_the_picture_itself_with_f_image(rest, job):
    paint()
    response = rest.raw(
        f"{job}/results/Out_Features", f="image", size="20,20", bbox="0,0,10,10"
    )
    assert response["Content-Type"] == "image/png"
    assert pixels_of(response)[4, 4].tolist() == [255, 0, 0, 255]


@pytest.mark.protocol("5.5 f=geojson")
def test_other_formats_of_a_result_stay_data(rest, job):
    response = rest.raw(f"{job}/results/Out_Features", f="geojson")
    assert len(json.loads(body_of(response))["features"]) == 1
    number = rest.get(f"{job}/results/Out_Long")
    assert number["value"] == 5


@pytest.mark.protocol("1.1 a service with a result map service appears twice")
def test_the_catalogue_lists_the_service_twice(rest, job):
    services = rest.get("/Maps")["services"]
    assert services == [
        {"name": "Maps/Echo", "type": "GPServer"},
        {"name": "Maps/Echo", "type": "MapServer"},
    ]
    assert rest.get("/Maps/Echo/GPServer")["resultMapServerName"] == "Maps/Echo"
    assert rest.get("/Maps/Echo/MapServer")["layers"] == []


@pytest.mark.protocol("9 only where the service has a result map service")
def test_a_service_without_result_maps_has_none(rest, published):
    published("samples.Echo", "Maps/Echo", sync=False)
    done = rest.run_job(TASK, In_Features=SQUARE)
    assert "not found" in rest.get(map_of(done))["error"]["message"]
    assert rest.get("/Maps/Echo/MapServer")["error"]["code"] == 404
    assert len(rest.get("/Maps")["services"]) == 1
    assert "features" in rest.get(f"{done}/results/Out_Features")["value"]


@pytest.mark.protocol("9 only for jobs that have succeeded")
def test_a_job_that_failed_or_is_unknown_has_no_map(rest, published):
    published("samples.Fail", "Maps/Fail", sync=False, result_map_server=True)
    failed = rest.run_job("/Maps/Fail/GPServer/Fail", Message="no luck")
    assert "no luck" in json.dumps(rest.get(map_of(failed))["error"])
    unknown = rest.get(f"/Maps/Fail/MapServer/jobs/j{'0' * 32}")
    assert unknown["error"]["message"] == "Job not found"


@pytest.mark.protocol("9 who may see the map")
def test_a_foreign_map_is_as_unknown_as_a_foreign_job(rest, published, owner, stranger):
    published("samples.Echo", "Maps/Echo", sync=False, result_map_server=True)
    done = Rest(_token(owner)).run_job(TASK, In_Features=SQUARE)
    for below in ("", "/layers", "/0", "/legend", "/export", "/identify", "/find"):
        assert rest.get(map_of(done) + below)["error"]["message"] == "Job not found"


def test_symbology_is_checked_where_it_is_entered(job):
    from django.core.exceptions import ValidationError

    row = TaskParameter.objects.get(name="Out_Features")
    for wrong in ({}, {"renderer": {"type": "heat"}}, {"renderer": {"type": "simple"}}):
        row.drawing_info = wrong
        with pytest.raises(ValidationError) as caught:
            row.full_clean()
        assert "drawing_info" in caught.value.message_dict


@pytest.mark.protocol("9 export, f=html")
def test_the_page_of_export_shows_the_picture_and_a_form(rest, job):
    response = rest.client.get(f"/server/rest/services{map_of(job)}/export")
    page = response.content.decode()
    assert response.status_code == 200
    assert "_ags_map.png?picture=" in page
    assert 'name="bbox"' in page


@pytest.mark.protocol("9 layers by number")
def test_an_unknown_layer_is_not_found(rest, job):
    assert "layer 77 not found" in rest.get(f"{map_of(job)}/77")["error"]["message"]


ASKED = {
    "geometryType": "esriGeometryPoint",
    "mapExtent": "0,0,10,10",
    "imageDisplay": "100,100,96",
    "tolerance": "3",
}


@pytest.mark.protocol("9 identify")
def test_identify_finds_what_lies_within_the_tolerance(rest, job):
    # 10 pixels a degree: 3 pixels are 0.3 degrees
    path = f"{map_of(job)}/identify"
    (found,) = rest.post(path, geometry="1,1", **ASKED)["results"]
    assert (found["layerId"], found["value"]) == (0, "square")
    assert found["attributes"]["size"] == "10"
    assert found["attributes"]["OBJECTID"] == "1"
    assert found["geometryType"] == "esriGeometryPolygon"
    assert found["geometry"]["spatialReference"]["wkid"] == 4326
    point = json.dumps({"x": 10.29, "y": 5, "spatialReference": {"wkid": 4326}})
    assert len(rest.get(path, geometry=point, **ASKED)["results"]) == 1
    assert rest.post(path, geometry="10.31,5", **ASKED)["results"] == []
    assert rest.post(path, geometry="5,5", **ASKED)["results"] == []
    bare = rest.post(path, geometry="1,1", returnGeometry="false", **ASKED)
    assert "geometry" not in bare["results"][0]


@pytest.mark.protocol("9 find")
def test_find_looks_for_a_text_in_the_fields(rest, job):
    path = f"{map_of(job)}/find"
    (found,) = rest.post(path, searchText="SQUA", layers="0", sr="102100")["results"]
    assert (found["foundFieldName"], found["value"]) == ("name", "square")
    # x = R λ, R = 6378137 m, λ = 10 degrees
    rings = found["geometry"]["rings"]
    assert max(x for ring in rings for x, _ in ring) == pytest.approx(1113194.9079)
    exact = {"contains": "false", "returnGeometry": "false"}
    assert rest.post(path, searchText="squa", **exact)["results"] == []
    assert len(rest.post(path, searchText="square", **exact)["results"]) == 1
    other = rest.post(path, searchText="square", searchFields="size", **exact)
    assert other["results"] == []


@pytest.mark.parametrize(
    ("below", "form", "names"),
    [
        ("identify", {}, ["geometry", "mapExtent", "imageDisplay", "tolerance"]),
        ("identify", ASKED | {"geometry": "here"}, ["geometry"]),
        ("identify", ASKED | {"geometry": "1,1", "layers": "some"}, ["layers"]),
        ("identify", ASKED | {"geometry": "1,1", "sr": "nowhere"}, ["sr"]),
        ("find", {}, ["searchText"]),
        ("find", {"searchText": "a", "layers": "9"}, ["layers"]),
        ("find", {"searchText": "a", "contains": "so"}, ["contains"]),
        ("find", {"searchText": "a", "layerDefs": "0:a=1"}, ["layerDefs"]),
    ],
)
@pytest.mark.protocol("9 identify and find, wrong parameters")
def test_a_wrong_parameter_of_a_look_up_is_named(rest, job, below, form, names):
    error = rest.post(f"{map_of(job)}/{below}", **form)["error"]
    assert error["code"] == 400
    for name in names:
        assert any(f"'{name}'" in one for one in error["details"])
