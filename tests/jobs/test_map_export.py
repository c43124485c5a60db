"""Pictures of results over REST: export, and results as map images."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from tests.conftest import Rest
from tests.jobs.maps import (
    RED,
    SQUARE,
    TASK,
    body_of,
    echo_job,
    map_of,
    paint,
    pixels_of,
    token_of,
)


@pytest.fixture
def job(rest, published) -> str:
    return echo_job(rest, published)


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


@pytest.mark.protocol("9 export, bboxSR")
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
    # 0.05 degrees a pixel, 111319.49 m a degree, 96 pixels an inch, 39.37 inches
    assert answer["scale"] == pytest.approx(0.05 * 111319.49 * 96 * 39.37, rel=1e-6)


@pytest.mark.protocol("9 export, href opens without a token")
def test_the_href_opens_for_whoever_has_it(rest, published, owner):
    published(
        "samples.Echo", "Maps/Echo", sync=False, result_map_server=True,
        access="signed_in",
    )  # fmt: skip
    mine = Rest(token_of(owner))
    done = mine.run_job(TASK, In_Features=SQUARE)
    href = mine.post(f"{map_of(done)}/export", size="50,50")["href"]
    place = urlsplit(href)
    response = rest.client.get(f"{place.path}?{place.query}")
    assert pixels_of(response).shape == (50, 50, 4)
    changed = rest.client.get(f"{place.path}?{place.query[:-2]}&f=json")
    assert "no such picture" in changed.json()["error"]["message"]
    foreign = rest.post(f"{map_of(done)}/export")
    assert foreign["error"]["code"] == 499


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
        ("bbox", "1,0,inf,1", "xmin,ymin,xmax,ymax"),
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
        ("layerDefs", '{"7": "size > 3"}', "no layer 7"),
        ("layerDefs", '{"0": "size > > 3"}', "must hold no"),
        ("layerDefs", "size > 3", "expected"),
        ("dynamicLayers", "[{}]", "mapLayer"),
        ("dynamicLayers", "nonsense", "JSON"),
        ("mapScale", "-1", "number"),
        ("time", "soon", "milliseconds"),
        ("time", "1,2,3", "milliseconds"),
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


@pytest.mark.protocol("9 export, dynamicLayers choose features")
def test_a_dynamic_layer_chooses_features_by_the_clients_own_number(rest, job):
    layer = {"id": 7, "source": {"type": "mapLayer", "mapLayerId": 0},
             "drawingInfo": RED}  # fmt: skip
    asked = {"f": "image", "bbox": "0,0,10,10", "size": "10,10", "transparent": "true"}
    drawn = []
    for where, layers in (
        ("size > 3", "show:7"),
        ("size < 3", "show:7"),
        ("", "hide:7"),
    ):
        layer["definitionExpression"] = where
        response = rest.raw(f"{map_of(job)}/export", layers=layers,
                            dynamicLayers=json.dumps([layer]), **asked)  # fmt: skip
        drawn.append(bool(pixels_of(response)[2, 2, 3]))
    assert drawn == [True, False, False]
    layer["definitionExpression"] = "size >"
    told = rest.post(f"{map_of(job)}/export", dynamicLayers=json.dumps([layer]))
    assert "definitionExpression" in told["error"]["details"][0]


@pytest.mark.protocol("9 export, labels")
def test_labels_are_drawn_as_the_administrator_says(rest, job):
    text = {"type": "esriTS", "color": [0, 0, 255, 255], "font": {"size": 10}}
    labels = [{"labelExpression": "[name]", "symbol": text}]
    paint(RED | {"labelingInfo": labels})
    asked = {"f": "image", "bbox": "0,0,10,10", "size": "200,200", "format": "png32"}
    pixels = pixels_of(rest.raw(f"{map_of(job)}/export", **asked)).astype(int)
    blue = (pixels[..., 2] > 200) & (pixels[..., 0] < 60)
    assert blue.sum() > 20
    assert rest.get(f"{map_of(job)}/0")["hasLabels"] is True
    paint(RED | {"labelingInfo": [labels[0] | {"labelExpression": "[nothing]"}]})
    answer = rest.raw(f"{map_of(job)}/export", **asked).json()
    assert "no field 'nothing'" in answer["error"]["details"][0]


@pytest.mark.protocol("9 esri-leaflet: ymin and ymax the other way round")
def test_a_box_may_stand_on_its_head(rest, job):
    extents = [rest.post(f"{map_of(job)}/export", bbox=bbox, size="50,50")["extent"]
               for bbox in ("0,0,10,10", "0,10,10,0")]  # fmt: skip
    assert extents[0] == extents[1]


@pytest.mark.protocol("9 OpenLayers: pictures of the map itself")
def test_the_map_itself_is_a_picture_with_f_image(rest, job):
    paint()
    response = rest.raw(map_of(job), f="image", bbox="0,0,10,10", size="20,20")
    assert pixels_of(response)[4, 4].tolist() == [255, 0, 0, 255]


@pytest.mark.protocol("9 generateRenderer of a layer of a map")
def test_a_renderer_is_made_of_the_values_of_a_layer(rest, job):
    definition = {"type": "uniqueValueDef", "uniqueValueFields": ["name"]}
    path = f"{map_of(job)}/0/generateRenderer"
    made = rest.post(path, classificationDef=json.dumps(definition))
    assert [one["value"] for one in made["uniqueValueInfos"]] == ["square"]
    none = rest.post(path, classificationDef=json.dumps(definition), where="size > 50")
    assert none["uniqueValueInfos"] == []
    for fields, told in (({}, "classificationDef"), ({"where": "size >"}, "where")):
        answer = rest.post(path, **fields)
        assert answer["error"]["code"] == 400
        assert told in answer["error"]["details"][0]


@pytest.mark.protocol("9 legend and identify, dynamicLayers")
def test_legend_and_identify_follow_dynamic_layers(rest, job):
    layers = [{"id": 7, "source": {"type": "mapLayer", "mapLayerId": 0},
               "drawingInfo": {"renderer": RED["renderer"] | {"label": "red"}},
               "definitionExpression": "size > 3"}]  # fmt: skip
    legend = rest.get(f"{map_of(job)}/legend", dynamicLayers=json.dumps(layers))
    (one,) = legend["layers"]
    assert (one["layerId"], one["legend"][0]["label"]) == (7, "red")
    asked = {"geometry": "1,1", "mapExtent": "0,0,10,10", "tolerance": 1,
             "imageDisplay": "100,100,96"}  # fmt: skip
    found = rest.get(f"{map_of(job)}/identify", layers="all:7", **asked,
                     dynamicLayers=json.dumps(layers))  # fmt: skip
    assert [one["layerId"] for one in found["results"]] == [7]
    layers[0]["definitionExpression"] = "size < 3"
    none = rest.get(
        f"{map_of(job)}/identify", dynamicLayers=json.dumps(layers), **asked
    )
    assert none["results"] == []
    # An empty list is a map without layers, as it is for export.
    nothing = rest.get(f"{map_of(job)}/identify", dynamicLayers="[]", **asked)
    assert nothing["results"] == []


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


@pytest.mark.protocol("0.3 f=image")
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


@pytest.mark.protocol("9 export, f=html")
def test_the_page_of_export_shows_the_picture_and_a_form(rest, job):
    response = rest.client.get(f"/server/rest/services{map_of(job)}/export")
    page = response.content.decode()
    assert response.status_code == 200
    assert "_ags_map.png?picture=" in page
    assert 'name="bbox"' in page


@pytest.mark.protocol("9 export, layerDefs")
@pytest.mark.parametrize(
    "definition",
    ['{"0": "size > 3"}', '[{"layerId": 0, "where": "size > 3"}]', "0:size > 3"],
)
def test_a_definition_chooses_what_is_drawn(rest, job, definition):
    paint()
    asked = {"f": "image", "bbox": "0,0,10,10", "size": "40,40", "format": "png32"}
    drawn = pixels_of(rest.raw(f"{map_of(job)}/export", layerDefs=definition, **asked))
    other = definition.replace(">", "<")
    empty = pixels_of(rest.raw(f"{map_of(job)}/export", layerDefs=other, **asked))
    assert (drawn[5, 5, :3] == [255, 0, 0]).all()
    assert not (empty[5, 5, :3] == [255, 0, 0]).all()
