"""Least squares against statsmodels and NIST's certified values."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from services.data import countries
from services.errors import ToolFailed
from services.geometry.bounding import ground_centroids
from services.geometry.features import FeatureSet
from services.tools.regression import ordinary_least_squares
from tests.services.tools.recorder import Recorder

# NIST StRD, Longley: y, x1 ... x6; columns that nearly follow from each other.
LONGLEY = np.fromstring("""
60323 83.0 234289 2356 1590 107608 1947 61122 88.5 259426 2325 1456 108632 1948
60171 88.2 258054 3682 1616 109773 1949 61187 89.5 284599 3351 1650 110929 1950
63221 96.2 328975 2099 3099 112075 1951 63639 98.1 346999 1932 3594 113270 1952
64989 99.0 365385 1870 3547 115094 1953 63761 100.0 363112 3578 3350 116219 1954
66019 101.2 397469 2904 3048 117388 1955 67857 104.6 419180 2822 2857 118734 1956
68169 108.4 442769 2936 2798 120445 1957 66513 110.8 444546 4681 2637 121950 1958
68655 112.6 482704 3813 2552 123366 1959 69564 114.2 502601 3931 2514 125368 1960
69331 115.7 518173 4806 2572 127852 1961 70551 116.9 554894 4007 2827 130081 1962
""", sep=" ").reshape(16, 7)  # fmt: skip
CERTIFIED = [-3482258.63459582, 15.0618722713733, -0.358191792925910e-01,
             -2.02022980381683, -1.03322686717359, -0.511041056535807e-01,
             1829.15146461355]  # fmt: skip
CERTIFIED_ERRORS = [890420.383607373, 84.9149257747669, 0.334910077722432e-01,
                    0.488399681651699, 0.214274163161675, 0.226073200069370,
                    455.478499142212]  # fmt: skip


def features(**columns) -> FeatureSet:
    count = len(next(iter(columns.values())))
    return FeatureSet.of(shapely.points(np.zeros((count, 2))), columns)


@pytest.fixture(scope="module")
def wealth() -> FeatureSet:
    world = countries()
    lat = ground_centroids(world.geometries, world.spatial_reference)[:, 1]
    gdp, people = (
        np.log(np.maximum(world.numbers(name), 1)) for name in ("gdp_md_est", "pop_est")
    )
    return world.with_column("gdp", gdp).with_column("people", people).with_column(
        "lat", np.abs(lat)
    )  # fmt: skip


def diagnostics(made) -> dict[str, float]:
    return dict(zip(made.diagnostics.column("Diag_Name").to_pylist(),
                    made.diagnostics.numbers("Diag_Value"), strict=True))  # fmt: skip


def test_coefficients_are_those_of_statsmodels(wealth):
    # statsmodels 0.15.0: OLS(gdp, add_constant([people, lat])).fit()
    made = ordinary_least_squares(wealth, "gdp", ["people", "lat"])
    table = made.coefficients
    assert table.column("Variable").to_pylist() == ["Intercept", "people", "lat"]
    expected = {
        "Coef": [-4.540501944553849, 0.9285460111322791, 0.04055657100034193],
        "StdError": [0.6518272047915412, 0.03846651910906417, 0.004375035962424868],
        "t_Stat": [-6.96580613876945, 24.139070356212148, 9.269997172289163],
        "Prob": [6.45022480969717e-11, 1.9894406006535091e-57, 7.10221405786455e-17],
        "VIF": [np.nan, 1.0364847964564234, 1.0364847964564234],
    }
    for name, values in expected.items():
        assert table.numbers(name) == pytest.approx(values, rel=1e-9, nan_ok=True)


def test_diagnostics_are_those_of_statsmodels(wealth):
    made = ordinary_least_squares(wealth, "gdp", ["people", "lat"])
    assert diagnostics(made) == pytest.approx(
        {
            "Observations": 177,
            "R2": 0.7769209574335211,
            "AdjR2": 0.7743568305074695,
            "AICc": 517.2206726978054,
            "Sigma2": 1.0563889404056592,
            "F-Stat": 302.99629458277536,
            "F-Prob": 2.06972741876026e-57,
            "JB": 1.0224551238243325,
            "JB-Prob": 0.5997588855720839,
        },
        rel=1e-9,
    )
    out = made.output_features
    assert out.numbers("Residual")[:3] == pytest.approx(
        [0.11926917801710246, -0.32207836732959017, -1.9934345823344266], rel=1e-9
    )
    assert out.numbers("StdResid")[:3] == pytest.approx(
        [0.11697191407516352, -0.3159608104516982, -1.9553555499206157], rel=1e-9
    )
    whole = out.numbers("Estimated") + out.numbers("Residual")
    assert whole == pytest.approx(out.numbers("gdp"))


def test_the_certified_values_of_nist_are_met():
    names = [f"x{number}" for number in range(1, 7)]
    table = features(**dict(zip(["y", *names], LONGLEY.T, strict=True)))
    made = ordinary_least_squares(table, "y", names)
    assert made.coefficients.numbers("Coef") == pytest.approx(CERTIFIED, rel=1e-9)
    errors = made.coefficients.numbers("StdError")
    assert errors == pytest.approx(CERTIFIED_ERRORS, rel=1e-9)
    found = diagnostics(made)
    assert found["R2"] == pytest.approx(0.995479004577296, rel=1e-12)
    assert found["Sigma2"] == pytest.approx(304.854073561965**2, rel=1e-9)


def test_features_with_null_keep_null():
    told = Recorder()
    made = ordinary_least_squares(
        features(y=[1.0, 2.1, 2.9, 4.2, None, 6.0], x=[1.0, 2, 3, 4, 5, 6]),
        "y", ["x"], told,
    )  # fmt: skip
    assert made.output_features.column("Residual").to_pylist()[4] is None
    assert diagnostics(made)["Observations"] == 5
    assert told.warnings == ["1 feature was left out: null in a field"]


def test_a_perfect_fit_has_no_residuals():
    made = ordinary_least_squares(
        features(y=[3.0, 5, 7, 9, 11], x=[1.0, 2, 3, 4, 5]), "y", ["x"]
    )
    assert made.coefficients.numbers("Coef") == pytest.approx([1.0, 2.0])
    assert diagnostics(made)["R2"] == pytest.approx(1.0)


def test_what_cannot_be_fitted_is_said():
    table = features(
        y=[1.0, 2, 3, 4, 6], x=[1.0, 2, 3, 5, 5], twice=[2.0, 4, 6, 10, 10], c=[7] * 5
    )
    for fields, text in (
        (["x", "twice"], "follows from the others"),
        (["c"], "constant"),
        (["y"], "none that is"),
        ([], "at least one field"),
        (["x", "twice", "c"], "at least 6 features"),
    ):
        with pytest.raises(ToolFailed, match=text):
            ordinary_least_squares(table, "y", fields)
    with pytest.raises(ToolFailed, match="Dependent_Variable must vary"):
        ordinary_least_squares(table, "c", ["x"])


def test_the_fewest_features_have_a_fit_without_aicc():
    # statsmodels.stats.eval_measures.aicc has no value for these either: n = k + 1
    made = ordinary_least_squares(
        features(y=[3.0, 5, 7.5, 9], x=[1.0, 2, 3, 4]), "y", ["x"]
    )
    slope, meeting = np.polyfit([1.0, 2, 3, 4], [3.0, 5, 7.5, 9], 1)
    found = made.coefficients.numbers("Coef")
    assert found == pytest.approx([meeting, slope])
    assert np.isnan(diagnostics(made)["AICc"])
