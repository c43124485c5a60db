"""Questions to the layers of a job's result map: queries, renderers for values."""

from __future__ import annotations

from jobs.featureservices.layer_views import (
    GenerateRendererView,
    LayerQueryView,
    LayerQuestionView,
)
from jobs.featureservices.stored import StoredLayer
from jobs.maps.layers import layer_of, map_layers
from jobs.maps.views import MapResourceView
from services.errors import InvalidParameters, Problem


class OfMap(MapResourceView, LayerQuestionView):  # type: ignore[misc]  # layers: two kinds
    """A layer of a job, as queries are asked of it."""

    def layer(self) -> tuple[StoredLayer, int]:
        """Return the layer of the path, for whoever may see the job's results."""
        job = self.mapped_job()
        found = layer_of(map_layers(job), self.kwargs["layer"])
        if found.raster is not None:
            text = f"layer {found.id} is a raster: it has pixels, and no rows to query"
            raise InvalidParameters([Problem("layer", text)])
        path = str(job.results_folder / found.file)
        layer = StoredLayer(found.id, found.name, path, found.is_table)
        return layer, self.found().row.max_page_rows


class MapQueryView(OfMap, LayerQueryView):  # type: ignore[misc]
    """The features, rows, ids, counts or statistics that a query selects."""


class MapRendererView(OfMap, GenerateRendererView):  # type: ignore[misc]
    """A renderer for the values of a layer."""
