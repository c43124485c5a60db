"""Feature services over HTTP: hosted ones, and the one with sample data."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from jobs.downloads.stored import StoredRows
from jobs.downloads.views import DownloadView
from jobs.featureservices.layer_views import (
    EditView,
    FeatureServerView,
    GenerateRendererView,
    LayerQueryView,
    LayersView,
    LayerView,
    StoredLayersView,
)
from jobs.featureservices.stored import FeatureService, feature_service
from services.keys import reader
from services.query.layer import SHIPPED


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


class HostedDownloadView(_InFeatureServer, DownloadView):
    """One of them as a file, with all its rows."""

    def rows(self) -> StoredRows:
        service = self.layers()
        layer = service.layer(self.kwargs["layer"])
        is_shipped = layer.path.startswith(SHIPPED)
        folder = Path(settings.HOSTED_DIR) / "samples" if is_shipped else (
            Path(layer.path).parent
        )  # fmt: skip
        return StoredRows(
            layer.name,
            layer.path,
            folder / "files" / str(layer.number),
            expires=service.expires_at,
        )


class HostedQueryView(_InFeatureServer, LayerQueryView):
    """A query of one of them."""


class HostedRendererView(_InFeatureServer, GenerateRendererView):
    """A renderer for the values of one of them."""


class HostedEditView(_InFeatureServer, EditView):
    """Edits, which are refused."""
