"""Fields explained by other fields."""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

import numpy as np

from services.errors import ToolFailed
from services.geometry.features import FeatureSet, Field, RecordSet
from services.geometry.summaries import field_names
from services.tool import Context, Param, tool
from services.tools._fields import with_fields
from services.tools._patterns import SHOPS

_DOUBLE = "esriFieldTypeDouble"
_COLUMNS = ("Coef", "StdError", "t_Stat", "Prob", "VIF")
_TEXTS = {
    "Observations": "Number of features",
    "R2": "R squared",
    "AdjR2": "Adjusted R squared",
    "AICc": "Akaike's information criterion, corrected",
    "Sigma2": "Variance of the residuals",
    "F-Stat": "Joint F statistic",
    "F-Prob": "p-value of F",
    "JB": "Jarque-Bera statistic: are the residuals normal?",
    "JB-Prob": "p-value of Jarque-Bera",
}


class Regression(NamedTuple):
    """What Ordinary Least Squares finds."""

    output_features: Annotated[FeatureSet, Param("Features with residuals")]
    coefficients: Annotated[RecordSet, Param("Coefficients")]
    diagnostics: Annotated[RecordSet, Param("Diagnostics")]


@tool(title="Ordinary Least Squares", category="Spatial Statistics")
def ordinary_least_squares(
    input_features: Annotated[FeatureSet, Param("Features", example=SHOPS)],
    dependent_variable: Annotated[str, Param("Field to explain", example="sold")],
    explanatory_variables: Annotated[
        list[str], Param("Fields that explain it", example=["staff"])
    ],
    context: Context | None = None,
) -> Regression:
    """Explain a field by a sum of other fields, each times a coefficient.

    Linear regression with an intercept by ordinary least squares. Output_Features
    gain Estimated, Residual and StdResid, the residual by its own standard error
    (internally studentised). Coefficients has a row for the intercept and each
    field: Coef, StdError, t_Stat, Prob (two-sided, t distribution) and VIF, how much
    the other fields inflate its variance; above 7.5 says that fields tell the same.
    Diagnostics has R2 and AdjR2, AICc (the variance counts as a parameter), Sigma2,
    the joint F test and the Jarque-Bera test of the residuals with their p-values.

    Places play no part: map the residuals, and ask Spatial Autocorrelation whether
    they cluster, which would tell that something is missing. Features with null in
    one of the fields are left out of the fit, keep null in the new fields, and are
    counted in a warning. There must be at least three features more than fields; a
    field that is constant or follows from others is refused. A number that is
    infinite is null: of a perfect fit, and AICc of as few features as that.
    Source: Greene (2012), Econometric Analysis, chapters 3 to 5; Burnham and Anderson
    (2002), Model Selection and Multimodel Inference, equation 2.16.
    """
    from services.patterns.regression import least_squares

    names = field_names(input_features, explanatory_variables)
    target = input_features.field(dependent_variable).name
    if not names or target in names:
        raise ToolFailed(
            "Explanatory_Variables needs at least one field, and none that is"
            " Dependent_Variable"
        )
    y = input_features.numbers(target)
    columns = np.column_stack([input_features.numbers(name) for name in names])
    used = ~np.isnan(y) & ~np.isnan(columns).any(axis=1)
    _check(used, y, len(names), context)
    fit = least_squares(y[used], columns[used])
    if context is not None:
        context.message(
            f"R squared {fit.measures['R2']:.6g} with {int(used.sum())} features"
        )
    made = (fit.estimated, fit.residuals, fit.standardised)
    fields = (
        Field("Estimated", _DOUBLE, f"Estimated {target}"),
        Field("Residual", _DOUBLE, "Residual"),
        Field("StdResid", _DOUBLE, "Standardised residual"),
    )
    spread = np.full((3, len(used)), np.nan)
    spread[:, used] = made
    return Regression(
        with_fields(input_features, zip(fields, spread, strict=True)),
        RecordSet.from_columns(
            {"Variable": ["Intercept", *names]}
            | dict(zip(_COLUMNS, _finite(fit.table).T, strict=True))
        ),
        RecordSet.from_columns(
            {
                "Diag_Name": list(fit.measures),
                "Diag_Value": _finite(np.array(list(fit.measures.values()))),
                "Definition": [_TEXTS[name] for name in fit.measures],
            }
        ),
    )


def _check(
    used: np.ndarray, y: np.ndarray, fields: int, context: Context | None
) -> None:
    """Refuse too few features and a field that does not vary; count the nulls."""
    missing = int((~used).sum())
    if missing and context is not None:
        noun = "feature was" if missing == 1 else "features were"
        context.warn(f"{missing} {noun} left out: null in a field")
    if used.sum() < fields + 3:
        raise ToolFailed(
            f"needs at least {fields + 3} features with values for {fields}"
            f" explanatory fields, not {int(used.sum())}"
        )
    if math.isclose(float(np.ptp(y[used])), 0.0):
        raise ToolFailed("Dependent_Variable must vary; all its values are equal")


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, np.nan)
