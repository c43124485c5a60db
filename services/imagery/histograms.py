"""Statistics and histograms of the pixels in an area.

Source: developers.arcgis.com, "Compute statistics and histograms" of an image service.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from services.imagery.block import Block
from services.imagery.view import View

_BINS = 256


def within(block: Block, view: View, area: Any) -> Block:
    """Return a block with only the pixels whose centres lie in an area."""
    west, _, _, north = view.bounds
    across, down = view.pixel_size
    x = west + across * (np.arange(view.width) + 0.5)
    y = north - down * (np.arange(view.height) + 0.5)
    shapely.prepare(area)
    inside = shapely.contains_xy(area, *np.meshgrid(x, y))
    return Block(block.values, block.valid & inside, block.cell_metres, block.whole)


def statistics_and_histograms(block: Block) -> dict[str, list[dict[str, Any]]]:
    """Return both lists, an entry for each band."""
    statistics, histograms = [], []
    for values, known in zip(block.values, block.valid, strict=True):
        numbers = values[known].astype(np.float64)
        numbers = numbers[np.isfinite(numbers)]
        statistics.append(_statistics(numbers))
        histograms.append(_histogram(numbers, values.dtype))
    return {"statistics": statistics, "histograms": histograms}


def _statistics(numbers: np.ndarray) -> dict[str, Any]:
    if not len(numbers):
        names = ("min", "max", "mean", "standardDeviation", "sum")
        return dict.fromkeys(names, None) | {"count": 0, "skipX": 1, "skipY": 1}
    return {
        "min": float(numbers.min()),
        "max": float(numbers.max()),
        "mean": float(numbers.mean()),
        "standardDeviation": float(numbers.std()),
        "sum": float(numbers.sum()),
        "median": float(np.median(numbers)),
        "count": len(numbers),
        "skipX": 1,
        "skipY": 1,
    }


def _histogram(numbers: np.ndarray, dtype: np.dtype) -> dict[str, Any]:
    """Return counts in bins: of bytes one for each value, else 256 from end to end."""
    low, high = (numbers.min(), numbers.max()) if len(numbers) else (0.0, 0.0)
    if dtype == np.uint8:
        low, high = -0.5, 255.5
    elif low == high:
        low, high = low - 0.5, high + 0.5
    counts, _ = np.histogram(numbers, bins=_BINS, range=(low, high))
    ends = {"min": float(low), "max": float(high)}
    return {"size": _BINS, **ends, "counts": counts.tolist()}
