"""Where the classes of numbers end: the methods of generateRenderer.

Source: developers.arcgis.com, "Generate renderer" and "Classification objects".
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

#: Different values that natural breaks look at; of more, these are shares.
_MOST_VALUES = 1000


def equal_intervals(values: np.ndarray, count: int) -> np.ndarray:
    """Return the upper ends of classes of one width."""
    return np.linspace(values.min(), values.max(), count + 1)[1:]


def quantiles(values: np.ndarray, count: int) -> np.ndarray:
    """Return the upper ends of classes of about as many values each."""
    shares = np.arange(1, count + 1) / count
    return np.asarray(np.quantile(values, shares, method="inverted_cdf"))


def geometric_intervals(values: np.ndarray, count: int) -> np.ndarray:
    """Return the upper ends of classes that grow by one factor."""
    low, high = float(values.min()), float(values.max())
    shift = 1.0 - low if low <= 0 else 0.0
    return np.geomspace(low + shift, high + shift, count + 1)[1:] - shift


def natural_breaks(values: np.ndarray, count: int) -> np.ndarray:
    """Return the upper ends of the classes with the least variance inside.

    Fisher's exact method: sums of squared distances to the mean of a class, the best
    end of one class more found from those of one less.
    """
    known, weights = np.unique(values, return_counts=True)
    if len(known) > _MOST_VALUES:
        known, weights = np.unique(
            quantiles(values, _MOST_VALUES), return_counts=True
        )  # fmt: skip
    if len(known) <= count:
        return known
    sums = [np.concatenate([[0.0], np.cumsum(weights * (known - known[0]) ** power)])
            for power in (0, 1, 2)]  # fmt: skip
    first, last = np.arange(len(known))[:, None], np.arange(len(known)) + 1
    weight, total, squares = (one[last] - one[first] for one in sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = np.where(last > first, squares - total**2 / weight, np.inf)
    best = cost[0]  # of the values up to each, in one class
    starts = []
    for _ in range(count - 1):
        through = np.concatenate([[np.inf], best[:-1]])[:, None] + cost
        starts.append(through.argmin(axis=0))
        best = through.min(axis=0)
    ends, at = [len(known) - 1], len(known) - 1
    for start in reversed(starts):
        at = int(start[at]) - 1
        ends.append(at)
    return np.asarray(known[ends[::-1]])


def deviations(values: np.ndarray, interval: float) -> np.ndarray:
    """Return the upper ends of classes of so many standard deviations each."""
    mean, step = float(values.mean()), float(values.std()) * interval
    if not step:
        return values[:1]
    low, high = float(values.min()), float(values.max())
    first, last = np.ceil((low - mean) / step), np.floor((high - mean) / step)
    inner = mean + step * np.arange(first, last + 1)
    return np.unique(np.append(inner[(inner > low) & (inner < high)], high))


METHODS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "esriClassifyNaturalBreaks": natural_breaks,
    "esriClassifyEqualInterval": equal_intervals,
    "esriClassifyQuantile": quantiles,
    "esriClassifyGeometricalInterval": geometric_intervals,
}
DEVIATION = "esriClassifyStandardDeviation"
