"""Ordinary kriging, by PyKrige, which the extra ``kriging`` brings."""

from __future__ import annotations

import numpy as np
from pykrige.ok import OrdinaryKriging


class Kriging:
    """The best linear estimate from all measured values.

    ``xy`` (n, 2) are different places in metres, ``values`` (n,); ``model`` is a
    semivariogram of PyKrige, fitted to six classes of distance.
    """

    def __init__(self, xy: np.ndarray, values: np.ndarray, model: str) -> None:
        self._fitted = OrdinaryKriging(*xy.T, values, variogram_model=model)

    def at(self, xy: np.ndarray) -> np.ndarray:
        """Return the value at places (k, 2) in metres; shape (k,)."""
        found, _ = self._fitted.execute("points", *xy.T, backend="vectorized")
        return np.asarray(np.ma.filled(found, np.nan))
