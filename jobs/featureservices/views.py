"""Feature services over HTTP: hosted ones, and the one with sample data."""

from __future__ import annotations

from jobs.featureservices.layer_views import (
    FeatureServerView,
    LayerQueryView,
    LayersView,
    LayerView,
    StoredLayersView,
)
from jobs.featureservices.stored import FeatureService, feature_service
from services.keys import reader


class _InFeatureServer(StoredLayersView):
    """The layers of the feature service that the path names."""

    limits_itself = True

    def layers(self) -> FeatureService:
        names = self.kwargs
        return feature_service(names.get("folder"), names["name"], reader(self.request))


class HostedServiceView(_InFeatureServer, FeatureServerView):
    """A feature service."""


class HostedLayersView(_InFeatureServer, LayersView):
    """All its layers and tables."""


class HostedLayerView(_InFeatureServer, LayerView):
    """One of them."""


class HostedQueryView(_InFeatureServer, LayerQueryView):
    """A query of one of them."""
