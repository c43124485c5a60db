"""Groups of places by scikit-learn, the extra ``clusters``."""

from __future__ import annotations

from typing import Any

import numpy as np

from services.errors import ToolFailed
from services.patterns.places import Places, chord_of


def _cluster() -> Any:
    try:
        from sklearn import cluster
    except ImportError:
        raise ToolFailed(
            "this tool needs the extra clusters: pip install 'cairn[clusters]'"
        ) from None
    return cluster


def dense_clusters(places: Places, metres: float, least: int) -> np.ndarray:
    """Return the cluster of each place by DBSCAN, 1, 2 ..., and -1 for noise.

    A tree of chords through the earth: no map is needed, and none is torn.
    Source: Ester, Kriegel, Sander, Xu (1996), KDD-96.
    """
    # a distance that halves to 0 is none to scikit-learn
    chord = max(chord_of(metres), float(np.finfo(float).tiny))
    made = _cluster().DBSCAN(eps=chord, min_samples=least)
    labels = made.fit_predict(places.xyz)
    return np.where(labels < 0, -1, labels + 1)


def mean_clusters(
    values: np.ndarray, number: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the cluster of each row by k-means, 1, 2 ..., and the sums of squares.

    ``values`` is (k, columns). The second is the sum of squares to the centre of
    the cluster, shape (number,). Starts are k-means++, the best of ten.
    Source: Lloyd (1982), IEEE Trans. Information Theory 28; Arthur and Vassilvitskii
    (2007), SODA.
    """
    made = _cluster().KMeans(number, n_init=10, random_state=seed).fit(values)
    apart = ((values - made.cluster_centers_[made.labels_]) ** 2).sum(axis=1)
    return made.labels_ + 1, np.bincount(made.labels_, apart, number)
