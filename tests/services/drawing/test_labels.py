"""Labels: expressions, placements, halos, and the room that they need."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from services.drawing.frame import Frame
from services.drawing.labels import parse_labeling_info
from services.drawing.renderers import parse_drawing_info
from services.drawing.scene import Layer, draw
from services.errors import InvalidValue
from services.geometry.crs import WGS84
from services.geometry.features import FeatureSet, RecordSet

TEXT = {"type": "esriTS", "color": [255, 0, 0, 255], "font": {"size": 12}}
INVISIBLE = {"type": "esriSMS", "style": "esriSMSCircle", "color": [0, 0, 0, 0],
             "size": 1}  # fmt: skip


def pixels_of(shapes, name="x", symbol=None, placement="", **info):
    """Return the pixels of labels alone in a frame of 0 to 10, ten pixels a unit."""
    classes = [
        {
            "labelExpression": "[name]",
            "labelPlacement": placement,
            "symbol": TEXT | (symbol or {}),
            **info,
        }
    ]
    renderer = {"type": "simple", "symbol": INVISIBLE}
    drawing = parse_drawing_info({"renderer": renderer, "labelingInfo": classes})
    names = name if isinstance(name, list) else [name] * len(shapes)
    layer = Layer(FeatureSet.of(shapes, {"name": names}), drawing)
    frame = Frame((0, 0, 10, 10), WGS84, 100, 100)
    return np.asarray(draw([layer], frame, transparent=True))


def middle(pixels):
    """Return the mean place (x, y) of what is drawn."""
    y, x = np.nonzero(pixels[..., 3] > 100)
    return x.mean(), y.mean()


@pytest.mark.protocol("9 drawingInfo, labelingInfo")
@pytest.mark.parametrize(
    ("where", "right", "down"),
    [("AboveRight", 1, -1), ("BelowLeft", -1, 1), ("CenterRight", 1, 0),
     ("AboveCenter", 0, -1), ("CenterCenter", 0, 0)],
)  # fmt: skip
def test_a_label_stands_on_its_side_of_the_point(where, right, down):
    placement = f"esriServerPointLabelPlacement{where}"
    x, y = middle(pixels_of([shapely.Point(5, 5)], "xoxo", placement=placement))
    assert np.sign(round((x - 50) / 5)) == right
    assert np.sign(round((y - 50) / 5)) == down


def test_letters_have_their_colour_and_the_halo_is_round_them():
    plain = pixels_of([shapely.Point(5, 5)], "I")
    halo = {"haloColor": [0, 0, 255, 255], "haloSize": 2}
    framed = pixels_of([shapely.Point(5, 5)], "I", halo)
    red = (plain[..., 0] > 200) & (plain[..., 3] > 200)
    assert red.any()
    assert (framed[red][:, 0] > 200).all()
    blue = (framed[..., 2] > 200) & (framed[..., 3] > 200)
    assert blue.sum() > red.sum()


def test_labels_do_not_overlap_and_the_first_is_kept():
    apart = pixels_of([shapely.Point(2, 2), shapely.Point(8, 8)], "xoxo")
    one = pixels_of([shapely.Point(5, 5)], "xoxo")
    twice = pixels_of([shapely.Point(5, 5), shapely.Point(5.5, 5.2)], "xoxo")
    assert (twice == one).all()
    counts = [(each[..., 3] > 100).sum() for each in (apart, one)]
    assert counts[0] == pytest.approx(2 * counts[1], rel=0.1)


def test_a_label_follows_its_line():
    line = [shapely.LineString([(1, 1), (9, 9)])]
    pixels = pixels_of(line, "xoxoxo", placement="esriServerLinePlacementCenterAlong")
    y, x = np.nonzero(pixels[..., 3] > 100)
    assert np.corrcoef(x, y)[0, 1] < -0.5  # y counts downwards


def test_a_label_of_an_area_lies_inside_of_it():
    bow = shapely.box(1, 1, 9, 9) - shapely.box(3, -1, 7, 7)
    x, y = middle(pixels_of([bow], "o"))
    assert shapely.intersects(bow, shapely.Point(x / 10, 10 - y / 10))


def test_only_some_features_and_scales_have_labels():
    shapes = [shapely.Point(2, 2), shapely.Point(8, 8)]
    x, y = middle(pixels_of(shapes, ["one", "two"], where="name = 'two'"))
    assert (x, y) == pytest.approx((80, 20), abs=8)
    assert not pixels_of(shapes, minScale=1000)[..., 3].any()  # 1 : 42 million here


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        ("[name]", "Oslo"),
        ('[name] CONCAT " (" CONCAT [size] CONCAT ")"', "Oslo (7)"),
        ("[name] NEWLINE", None),
        ("[upper(name)]", "no field"),
    ],
)
def test_label_expressions_of_desktop_maps(expression, written):
    check(written, labelExpression=expression)


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        ("$feature.name", "Oslo"),
        ("$feature['name'] + TextFormatting.NewLine + $feature.size", "Oslo\n7"),
        ("return $feature.name;", "Oslo"),
        ("Round($feature.size)", None),
        ("$feature.nothing", "no field"),
    ],
)
def test_label_expressions_in_arcade(expression, written):
    check(written, labelExpressionInfo={"expression": expression})


def check(written, **expression):
    """Assert what an expression writes; None: it is refused."""
    if written is None:
        with pytest.raises(InvalidValue, match=r"labelingInfo\[0\].*\$feature.FIELD"):
            parse_labeling_info([{"symbol": TEXT} | expression])
        return
    [one] = parse_labeling_info([{"symbol": TEXT} | expression])
    records = RecordSet.from_columns({"name": ["Oslo"], "size": [7]})
    if written == "no field":
        with pytest.raises(InvalidValue, match=written):
            one.texts(records)
    else:
        assert one.texts(records) == [written]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"labelPlacement": "somewhere"}, "esriServerPointLabelPlacementAboveRight"),
        ({"symbol": {"type": "esriSMS"}}, "esriTS"),
        ({"labelExpression": 7}, "labelExpression must be"),
        ({"where": "a >"}, "not a condition"),
        ({"minScale": "near"}, "minScale must be a number"),
        (
            {"symbol": TEXT | {"font": {"size": 900}}},
            "size must be a number of 1 to 200",
        ),
    ],
)
def test_a_wrong_label_class_says_what_was_expected(change, told):
    with pytest.raises(InvalidValue, match=r"labelingInfo\[0\]: ") as caught:
        parse_labeling_info([{"labelExpression": "[a]", "symbol": TEXT} | change])
    assert told in str(caught.value)
