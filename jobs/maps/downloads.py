"""The layers of a job's result map as files."""

from __future__ import annotations

from jobs.documents import output_entry
from jobs.downloads.stored import StoredRows
from jobs.downloads.views import DownloadView
from jobs.maps.layers import layer_of, map_layers
from jobs.maps.views import MapResourceView
from jobs.runs.downloads import result_rows


class MapDownloadView(DownloadView, MapResourceView):
    """A layer as a file, with all its features: that of the result behind it."""

    def rows(self) -> StoredRows:
        job = self.mapped_job()
        layer = layer_of(map_layers(job), self.kwargs["layer"])
        return result_rows(job, output_entry(job, layer.output))
