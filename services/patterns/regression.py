"""Ordinary least squares, and what tells how good its line is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, fdtrc, stdtr

from services.errors import ToolFailed


@dataclass(frozen=True, slots=True)
class Fit:
    """A regression: one coefficient for the intercept, then one for each column.

    ``table`` has a row for each coefficient: its value, standard error, t, p, and
    variance inflation factor (NaN for the intercept). ``measures`` are numbers of
    the whole by name.
    """

    table: np.ndarray
    estimated: np.ndarray
    residuals: np.ndarray
    standardised: np.ndarray
    measures: dict[str, float]


def least_squares(y: np.ndarray, columns: np.ndarray) -> Fit:
    """Fit y (n,) by an intercept and columns (n, k); n > k + 2, no NaN.

    Raises ToolFailed where a column follows from the others.
    Source: Greene (2012), Econometric Analysis, chapters 3 to 5; Burnham and Anderson
    (2002), Model Selection, equation 2.16 (AICc, the variance counted as a
    parameter); Jarque and Bera (1987), Int. Statistical Review 55.
    """
    count, number = len(y), columns.shape[1] + 1
    centre, scale = columns.mean(axis=0), columns.std(axis=0)
    scaled = (columns - centre) / np.where(scale > 0, scale, 1.0)
    if np.linalg.matrix_rank(scaled, tol=1e-9 * np.sqrt(count)) < number - 1:
        raise ToolFailed(
            "Explanatory_Variables: one is constant or follows from the others; leave"
            " one out"
        )
    # in scaled columns the system is as well conditioned as it can be
    q, r = np.linalg.qr(np.column_stack([np.ones(count), scaled]))
    inverse = np.linalg.inv(r)
    slopes = inverse @ (q.T @ y)
    estimated = q @ (q.T @ y)
    residuals = y - estimated
    left = float(residuals @ residuals)
    freedom = count - number
    variance = left / freedom
    # back to the columns as they came
    back = np.diag(np.append(1.0, 1.0 / scale))
    back[0, 1:] = -centre / scale
    values, whole = back @ slopes, back @ inverse
    errors = np.sqrt(variance * (whole * whole).sum(axis=1))
    t = np.divide(values, errors, out=np.full(number, np.inf), where=errors > 0)
    p = 2.0 * stdtr(freedom, -np.abs(t))
    inflation = np.append(np.nan, count * (inverse * inverse).sum(axis=1)[1:])
    leverage = (q * q).sum(axis=1)
    spread = np.sqrt(variance * np.maximum(1.0 - leverage, 0.0))
    standardised = np.divide(residuals, spread, out=np.zeros(count), where=spread > 0)
    return Fit(
        np.column_stack([values, errors, t, p, inflation]),
        estimated, residuals, standardised, _measures(y, residuals, number),
    )  # fmt: skip


def _measures(y: np.ndarray, residuals: np.ndarray, number: int) -> dict[str, float]:
    count = len(y)
    left, freedom = float(residuals @ residuals), count - number
    total = float(((y - y.mean()) ** 2).sum())
    share = 1.0 - left / total
    explained = (total - left) / (number - 1)
    with np.errstate(divide="ignore"):  # a perfect fit: F is infinite, AICc -infinite
        f = float(np.divide(explained, left / freedom))
        fitted = count * (float(np.log(left / count)) + 1.0 + np.log(2.0 * np.pi))
    free = number + 1
    aic = fitted + 2.0 * free
    moments = [(residuals**power).mean() for power in (2, 3, 4)]
    skew, peak = (
        (moments[1] / moments[0] ** 1.5, moments[2] / moments[0] ** 2)
        if moments[0] > 0
        else (0.0, 3.0)
    )
    normal = count / 6.0 * (skew**2 + (peak - 3.0) ** 2 / 4.0)
    # no correction is defined for as few: AICc is infinite then
    room = count - free - 1
    corrected = 2.0 * free * (free + 1) / room if room > 0 else np.inf
    return {
        "Observations": float(count),
        "R2": share,
        "AdjR2": 1.0 - (1.0 - share) * (count - 1) / freedom,
        "AICc": aic + corrected,
        "Sigma2": left / freedom,
        "F-Stat": f,
        "F-Prob": float(fdtrc(number - 1, freedom, f)),
        "JB": float(normal),
        "JB-Prob": float(chdtrc(2, normal)),
    }
