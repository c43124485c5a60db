"""generateRenderer against NumPy, pandas and a search through all classes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import orjson
import pandas as pd
import pytest

from services import data
from services.drawing.generating import generated
from services.drawing.renderers import parse_drawing_info
from services.errors import InvalidValue
from services.geometry.features import RecordSet

COUNTRIES = data.countries()
AREA = "esriGeometryPolygon"


def classes(method="esriClassifyEqualInterval", count=4, records=COUNTRIES, **more):
    asked = {"type": "classBreaksDef", "classificationField": "pop_est",
             "classificationMethod": method, "breakCount": count} | more  # fmt: skip
    return generated(orjson.dumps(asked).decode(), records, AREA)


def ends(document):
    return [one["classMaxValue"] for one in document["classBreakInfos"]]


@pytest.mark.protocol("9 generateRenderer, classBreaksDef")
def test_classes_of_one_width():
    values = COUNTRIES.numbers("pop_est")
    made = classes()
    low, high = values.min(), values.max()
    assert made["minValue"] == low
    assert ends(made) == pytest.approx(
        [low + (high - low) * at / 4 for at in range(1, 5)]
    )


def test_quantiles_have_as_many_features_each():
    values = COUNTRIES.numbers("pop_est")
    made = classes("esriClassifyQuantile")
    counts = np.histogram(
        values, [made["minValue"], *np.nextafter(ends(made), np.inf)]
    )[0]
    assert np.ptp(counts) <= 2


def test_natural_breaks_are_the_best_of_all():
    values = [1.0, 2, 2, 4, 9, 10, 13, 30, 31, 33]
    records = RecordSet.from_columns({"pop_est": values})
    made = ends(classes("esriClassifyNaturalBreaks", 3, records))

    def inside(cuts):
        parts = np.split(np.array(values), cuts)
        return sum(((part - part.mean()) ** 2).sum() for part in parts)

    best = min(combinations(range(1, len(values)), 2), key=inside)
    assert made == [values[best[0] - 1], values[best[1] - 1], values[-1]]


def test_classes_by_standard_deviation_and_by_factor():
    values = COUNTRIES.numbers("pop_est")
    made = ends(classes("esriClassifyStandardDeviation", standardDeviationInterval=1))
    inner = (np.array(made[:-1]) - values.mean()) / values.std()
    assert inner == pytest.approx(np.round(inner))
    factors = ends(
        classes("esriClassifyGeometricalInterval", 3, classificationField="gdp_md_est")
    )
    assert factors[2] / factors[1] == pytest.approx(factors[1] / factors[0], rel=1e-6)


@pytest.mark.parametrize(
    "how",
    ["esriNormalizeByField", "esriNormalizeByLog", "esriNormalizeByPercentOfTotal"],
)
def test_a_renderer_of_normalized_values_can_be_drawn(how):
    made = classes(normalizationType=how, normalizationField="gdp_md_est",
                   baseSymbol={"type": "esriSFS", "style": "esriSFSSolid"})  # fmt: skip
    chosen = parse_drawing_info({"renderer": made}).renderer.choose(COUNTRIES)
    assert set(chosen.tolist()) <= set(range(-1, 4))
    assert (chosen == 3).any()
    colors = [one["symbol"]["color"] for one in made["classBreakInfos"]]
    assert len({tuple(one) for one in colors}) == 4


@pytest.mark.protocol("9 generateRenderer, uniqueValueDef")
def test_every_value_has_a_colour_of_its_own():
    asked = {"type": "uniqueValueDef", "uniqueValueFields": ["CONTINENT"]}
    made = generated(orjson.dumps(asked).decode(), COUNTRIES, AREA)
    counts = pd.Series(COUNTRIES.column("continent").to_pylist()).value_counts()
    got = {one["value"]: one["count"] for one in made["uniqueValueInfos"]}
    assert got == counts.to_dict()
    colors = {tuple(one["symbol"]["color"]) for one in made["uniqueValueInfos"]}
    assert len(colors) == len(got)
    chosen = parse_drawing_info({"renderer": made}).renderer.choose(COUNTRIES)
    assert (chosen >= 0).all()


def test_a_ramp_goes_from_one_colour_to_the_other():
    ramp = {"type": "algorithmic", "algorithm": "esriHSVAlgorithm",
            "fromColor": [255, 0, 0, 255], "toColor": [0, 0, 255, 255]}  # fmt: skip
    made = classes(count=3, colorRamp=ramp)
    got = [one["symbol"]["color"] for one in made["classBreakInfos"]]
    assert got[0] == [255, 0, 0, 255]
    assert got[1] == pytest.approx([255, 0, 255, 255], abs=2)  # the shorter way round
    assert got[2] == [0, 0, 255, 255]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"type": "heat"}, "classBreaksDef"),
        ({"classificationField": "nothing"}, "no field 'nothing'"),
        ({"classificationField": "name"}, "not numeric"),
        ({"classificationMethod": "esriClassifyManual"}, "esriClassifyQuantile"),
        ({"breakCount": 1000}, "1 to 32"),
        ({"colorRamp": {"type": "rainbow"}}, "algorithmic"),
        ({"normalizationType": "esriNormalizeByMagic"}, "esriNormalizeByLog"),
        ({"type": "uniqueValueDef"}, "uniqueValueFields"),
        ({"baseSymbol": {"type": "esriXYZ"}}, "esriSMS"),
    ],
)
def test_a_wrong_definition_says_what_was_expected(change, told):
    with pytest.raises(InvalidValue, match=told):
        classes(**change)
