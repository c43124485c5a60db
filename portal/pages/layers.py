"""The layers that an input may name: hosted ones, and what the reader's jobs have made.

Scripts of the run page ask for them; REST has no list of what is one's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.formats import date_format

from jobs.featureservices.stored import (
    WORLD,
    StoredLayer,
    hosted_feature_service,
    listed,
    visible_hosted,
)
from jobs.maps.layers import map_layers
from jobs.models import Job
from jobs.status import JobStatus
from portal.pages.addresses import rest_url
from portal.pages.base import Page
from portal.pages.mine import my_jobs
from services import data
from services.errors import GPError
from services.query.layer import SHIPPED
from services.stored import describe

#: Jobs, and hosted services, that are looked at: the newest.
_MOST = 20


class OwnLayers(Page):
    """The layers, each with its address for an input and for a query."""

    http_method_names = ("get", "head")

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Answer them as JSON, the results of jobs first."""
        found = [*_of_jobs(request), *_hosted(request)]
        answer = JsonResponse({"layers": found})
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _of_jobs(request: HttpRequest) -> Iterator[dict[str, Any]]:
    done = {"status": JobStatus.SUCCEEDED, "mode": Job.Mode.ASYNC}
    for job in my_jobs(request).filter(**done)[:_MOST]:
        yield from _of_job(request, job)


def _of_job(request: HttpRequest, job: Job) -> Iterator[dict[str, Any]]:
    try:
        layers = map_layers(job)
    except GPError:  # its files have gone
        return
    place = rest_url(job.service_path, job.task_name, job.pk)
    when = date_format(timezone.localtime(job.submitted_at), "SHORT_DATETIME_FORMAT")
    for one in layers:
        if one.raster is None and one.about.geometry_type:
            yield {
                "title": f"{one.name}, {job.title or job.task_name}, {when}",
                "url": request.build_absolute_uri(f"{place}/results/{one.output}"),
                "query": f"{place}/layers/{one.id}/query",
                "geometryType": one.about.geometry_type,
                "count": one.about.count,
            }


def _hosted(request: HttpRequest) -> Iterator[dict[str, Any]]:
    rows = visible_hosted(request.user).prefetch_related("layers")
    for row in rows.order_by("-pk")[:_MOST]:
        try:
            service = hosted_feature_service(row)
        except GPError:
            continue
        for layer in service.layers:
            if not layer.is_table:
                yield _layer(request, row.path, layer)
    if (WORLD.path, "FeatureServer") in listed(request.user):
        yield from (_layer(request, WORLD.path, one) for one in WORLD.layers)


def _layer(request: HttpRequest, path: str, layer: StoredLayer) -> dict[str, Any]:
    place = f"/{settings.CONTEXT}/rest/services/{path}/FeatureServer/{layer.number}"
    count, geometry_type = _size(layer)
    return {
        "title": f"{layer.name}, {path}",
        "url": request.build_absolute_uri(place),
        "query": f"{place}/query",
        "geometryType": geometry_type,
        "count": count,
    }


def _size(layer: StoredLayer) -> tuple[int, str]:
    """Return the count of features of a layer, and their geometry type."""
    if layer.path.startswith(SHIPPED):
        shipped = getattr(data, layer.path.removeprefix(SHIPPED))()
        return len(shipped), shipped.geometry_type
    about = describe(Path(layer.path))
    return about.count, about.geometry_type
