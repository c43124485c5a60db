"""DBSCAN and k-means against scikit-learn on other distances."""

from __future__ import annotations

import builtins

import numpy as np
import pytest
import shapely
from sklearn.cluster import DBSCAN, KMeans
from sklearn.metrics import adjusted_rand_score

from services.data import cities
from services.errors import ToolFailed
from services.geometry.crs import WEB_MERCATOR
from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.tools.clusters import density_based_clustering, k_means_clustering
from tests.services.tools.recorder import Recorder

FAR = LinearUnit(400, "esriKilometers")


def test_clusters_are_those_of_scikit_learn_by_great_circles():
    made = density_based_clustering(cities(), FAR, 4)
    lonlat = np.radians(shapely.get_coordinates(cities().geometries))
    # no pair of these cities is between the two models of the earth at 400 km
    other = DBSCAN(eps=400_000 / 6_371_000, min_samples=4, metric="haversine")
    expected = other.fit_predict(lonlat[:, ::-1])
    labels = made.numbers("CLUSTER_ID")
    assert adjusted_rand_score(labels, expected) == pytest.approx(1.0)
    assert ((labels == -1) == (expected == -1)).all()
    assert set(labels) == {-1, *range(1, expected.max() + 2)}


def test_clusters_do_not_depend_on_the_spatial_reference_or_the_antimeridian():
    rng = np.random.default_rng(1)
    xy = np.concatenate([rng.normal([-181, 10], 0.3, (30, 2)), [[-170, 10]]])
    there = FeatureSet.of(
        shapely.points(np.where(xy < -180, xy + np.array([360, 0]), xy))
    )
    made = density_based_clustering(there, LinearUnit(100, "esriKilometers"))
    assert made.column("CLUSTER_ID").to_pylist() == [1] * 30 + [-1]
    moved = density_based_clustering(
        there.project(WEB_MERCATOR), LinearUnit(100, "esriKilometers")
    )
    assert moved.column("CLUSTER_ID").equals(made.column("CLUSTER_ID"))


def test_means_part_what_lies_apart():
    rng = np.random.default_rng(3)
    towns = np.repeat([[10.0, 50.0], [11.0, 50.0], [179.99, 10.0]], 40, axis=0)
    xy = towns + rng.normal(0, 0.05, towns.shape)
    xy[:, 0] -= 360.0 * (xy[:, 0] > 180.0)
    told = Recorder()
    made = k_means_clustering(FeatureSet.of(shapely.points(xy)), 3, context=told)
    truth = np.repeat([0, 1, 2], 40)
    assert adjusted_rand_score(made.numbers("CLUSTER_ID"), truth) == 1.0
    assert told.messages[0].startswith("Sum of squares within clusters")


def test_means_of_fields_leave_places_out():
    values = [1.0, 1.1, 0.9, 9.0, 9.2, None]
    features = FeatureSet.of(shapely.points(np.zeros((6, 2))), {"v": values})
    told = Recorder()
    made = k_means_clustering(features, 2, ["v"], context=told)
    labels = made.column("CLUSTER_ID").to_pylist()
    assert labels[0] == labels[1] == labels[2] != labels[3] == labels[4]
    assert labels[5] is None
    assert told.warnings == ["1 feature was left out: no geometry, or null in a field"]
    again = k_means_clustering(features, 2, ["v"])
    assert again.column("CLUSTER_ID").to_pylist() == labels


def test_what_cannot_be_grouped_is_said():
    points = FeatureSet.of([shapely.Point(0, 0), shapely.Point(0, 0), None])
    with pytest.raises(ToolFailed, match="Number_Of_Clusters must be at most 1"):
        k_means_clustering(points, 2)
    with pytest.raises(ToolFailed, match="at least 3 features"):
        k_means_clustering(points, 3)
    with pytest.raises(ToolFailed, match="Search_Distance must be above 0"):
        density_based_clustering(points, LinearUnit(0))


def test_without_the_extra_the_user_reads_what_to_install(monkeypatch):
    real = builtins.__import__

    def absent(name, *args, **kwargs):
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ToolFailed, match=r"pip install 'cairn\[clusters\]'"):
        density_based_clustering(cities(), FAR)


def test_means_of_cities_are_as_tight_as_those_of_scikit_learn():
    # on a globe of one radius; the earth's differs from it by 0.3 %
    told = Recorder()
    made = k_means_clustering(cities(), 6, context=told)
    lon, lat = np.radians(shapely.get_coordinates(cities().geometries)).T
    ball = 6_371_000 * np.column_stack(
        [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
    )
    expected = KMeans(6, n_init=10, random_state=0).fit(ball)
    found = float(told.messages[0].rpartition(" ")[2])
    assert found == pytest.approx(expected.inertia_, rel=0.01)
    labels = made.numbers("CLUSTER_ID")
    assert adjusted_rand_score(labels, expected.labels_) > 0.95
