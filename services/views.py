"""The catalogue over HTTP: folders, services, tasks; and what all resources share."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.http import HttpResponse, HttpResponseBase
from django.utils.safestring import SafeString, mark_safe
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from services import documents
from services.catalog import (
    PublishedService,
    find_service,
    published,
    visible_folders,
    visible_services,
)
from services.errors import InvalidURL, LimitExceeded, NotFound, ServiceStopped
from services.form import Form, require_size
from services.formats import DOCUMENTS
from services.guarded import EVERYONE
from services.keys import opens, reader
from services.listing import other_folders, other_services
from services.modeling.drawing import model_svg
from services.modeling.linking import outermost
from services.models import Service
from services.request import body_size, read_form
from services.sitemap import SITEMAPS, sitemap

logger = logging.getLogger(__name__)

_DEFAULT_LIMIT = 1 << 20
_NOTHING = "there is no resource at this address"


class RestView(APIView):
    """What every resource shares: GET and POST alike, one form, one service.

    A subclass writes ``get``; ``template`` names the HTML page of its document.
    ``service`` is the published service of the path, None outside of one.
    """

    http_method_names: tuple[str, ...] = ("get", "post", "head", "options")
    template = "directory/document.html"
    title = ""
    #: Values of ``f`` that the resource answers.
    formats: tuple[str, ...] = DOCUMENTS
    form = Form()
    #: False until the form has been read: then nobody knows which format was asked.
    knows_form = False
    format_kwarg = None  # DRF sets it too late for errors of the form
    service: PublishedService | None = None
    #: True if the answer is a file, whatever ``f`` says.
    is_file = False
    #: True if a stopped service still answers here.
    answers_when_stopped = False
    #: True if something is run, made, changed or deleted: not for keys that only read.
    runs = False
    #: True for the state of a job, which clients ask for again and again.
    is_poll = False
    #: True if a resource of no service looks itself at what a key is for.
    limits_itself = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Find the service, read the form, then let DRF negotiate and authenticate.

        Where a service is not for all, nobody hears of its limits who may not use it.
        """
        missing = self._find_service(kwargs)
        is_open = "service" not in kwargs or self._is_for_all()
        refused = self._read_form(is_open)
        super().initial(request, *args, **kwargs)
        if request.accepted_renderer.format == "help":
            for method in ("get", "post", "head"):
                setattr(self, method, self.help)
        if missing is not None:
            raise missing
        row = self.service.row if self.service else None
        if not is_open:
            require_size(body_size(request._request), self.body_limit(row))
        if refused is not None:
            raise refused
        stopped = row is not None and row.state == Service.State.STOPPED
        if row and stopped and not self.answers_when_stopped:
            raise ServiceStopped(documents.stopped_text(row))

    def _read_form(self, is_open: bool) -> LimitExceeded | None:
        """Read the form; return why one is refused that another answer may precede."""
        try:
            limit = self._most_bytes(is_open)
            self.form = read_form(self.request._request, limit)
        except LimitExceeded as exc:
            if is_open:
                raise
            return exc
        self.knows_form = True
        return None

    def _find_service(self, names: dict[str, Any]) -> NotFound | None:
        """Set ``service`` if the path names one; return what is wrong with it."""
        if any("\0" in (name or "") for name in names.values()):
            # a database may not even look for it
            return NotFound("a name with a null character is not found")
        if "service" in names:
            try:
                row = find_service(names.get("folder"), names["service"])
            except NotFound as exc:
                return exc
            self.service = published(row)
        return None

    def body_limit(self, row: Service | None) -> int:
        """Return the most bytes of body that this resource of a service reads."""
        return _DEFAULT_LIMIT

    def _is_for_all(self) -> bool:
        """Tell if the service of the path is there, and for everyone."""
        return self.service is not None and self.service.row.level == EVERYONE

    def _most_bytes(self, is_open: bool) -> int:
        """Return how many bytes of a body are read before it is known who asks.

        For a service that is not for all as many as for any of these, and as for a
        name that is not there: the size of a request could tell them apart.
        """
        if is_open:
            return self.body_limit(self.service.row if self.service else None)
        usual = self.body_limit(None)
        if body_size(self.request._request) <= usual:
            return usual
        others = Service.objects.exclude(access=EVERYONE).select_related("folder")
        return max([usual, *map(self.body_limit, others)])

    def get(self, request: Request, **names: str) -> Any:
        """Answer the resource."""
        raise NotImplementedError

    def post(self, request: Request, **names: str) -> Any:
        """Answer a POST as a GET."""
        return self.get(request, **names)

    def is_shared(self) -> bool:
        """Tell if the request has a link that opens the resource to whoever has it."""
        return False

    def help(self, request: Request, **names: str) -> Response:
        """Answer f=help: a page about the resource; nothing else happens."""
        if "task" in self.kwargs:
            self.found().task(self.kwargs["task"])
        return Response({"help": request.path})

    def html_context(self) -> dict[str, Any]:
        """Return what the HTML page needs besides the document."""
        return {}

    def found(self) -> PublishedService:
        """Return the service of the path; only for resources inside one."""
        if self.service is None:
            raise InvalidURL(_NOTHING)
        return self.service

    def root_url(self) -> str:
        """Return the absolute URL of the context, without a slash at the end."""
        return self.request.build_absolute_uri(f"/{settings.CONTEXT}")


class CatalogView(RestView):
    """The root of the catalogue."""

    limits_itself = True
    template = "directory/catalog.html"
    formats = (*DOCUMENTS, *SITEMAPS)

    def get(self, request: Request, **names: str) -> HttpResponseBase:
        if request.accepted_renderer.format in SITEMAPS:
            return sitemap_response(self, visible_services(AnonymousUser()))
        rows = visible_services(request.user).filter(folder=None)
        services = [row for row in rows if opens(request, row.pk)]
        user = reader(request)
        folders = {*visible_folders(request.user), *other_folders(user)}
        others = other_services(user)
        document = documents.catalog_document(sorted(folders), services, others)
        return Response(document)


class FolderView(RestView):
    """One folder of the catalogue."""

    limits_itself = True
    template = "directory/catalog.html"
    formats = (*DOCUMENTS, *SITEMAPS)

    def get(self, request: Request, **names: str) -> HttpResponseBase:
        folder = names["folder"]
        others = other_services(reader(request), folder)
        visible = {name.lower() for name in visible_folders(request.user)}
        if folder.lower() not in visible and not others:
            raise NotFound(f"folder {folder[:100]} not found")
        if request.accepted_renderer.format in SITEMAPS:
            listed = visible_services(AnonymousUser())
            return sitemap_response(self, listed.filter(folder__name__iexact=folder))
        rows = visible_services(request.user).filter(folder__name__iexact=folder)
        services = [row for row in rows if opens(request, row.pk)]
        return Response(documents.catalog_document([], services, others))


class InfoView(RestView):
    """Version of the server and where tokens come from; open to all.

    A token is not looked at: who holds a stale one asks here for a new one.
    """

    permission_classes = ()
    authentication_classes = ()

    def get(self, request: Request, **names: str) -> Response:
        minutes = settings.TOKEN_MINUTES
        return Response(documents.info_document(self.root_url(), minutes))


class HealthView(RestView):
    """Says that the server answers and has its database; HTTP 503 if it has not."""

    permission_classes = ()
    authentication_classes = ()

    def get(self, request: Request, **names: str) -> Response:
        try:
            Service.objects.exists()
        except DatabaseError:
            logger.exception("the health check cannot read the database")
            return Response({"success": False}, status=503)
        return Response({"success": True})


class ServiceView(RestView):
    """A geoprocessing service."""

    template = "directory/service.html"

    def get(self, request: Request, **names: str) -> Response:
        return Response(documents.service_document(self.found(), self._schema_url()))

    def _schema_url(self) -> str:
        folder = f"{self.root_url()}/rest/directories/arcgisoutput"
        path = quote(self.found().row.path)
        return f"{folder}/{path}_GPServer/spec/json-schema.json"

    def html_context(self) -> dict[str, Any]:
        return {"schema_url": self._schema_url()}


class TaskView(RestView):
    """A task of a service."""

    template = "directory/task.html"

    def get(self, request: Request, **names: str) -> Response:
        service = self.found()
        return Response(documents.task_document(service, service.task(names["task"])))

    def html_context(self) -> dict[str, Any]:
        model = self.found().task(self.kwargs["task"]).model
        return {"picture": picture_of(model)} if model else {}


def picture_of(model: bytes, states: Mapping[str, str] | None = None) -> SafeString:
    """Return the drawing of a model that ``Tool.model`` holds, for a page.

    ``states`` are those of a job's steps. All texts in it are escaped where it is made.
    """
    return mark_safe(model_svg(outermost(model), states))


def sitemap_response(view: RestView, services: Iterable[Service]) -> HttpResponse:
    """Return the sitemap of services; one for places in KML is empty."""
    is_geo = view.request.accepted_renderer.format == "geositemap"
    listed = [] if is_geo else [published(row) for row in services]
    body = sitemap(f"{view.root_url()}/rest/services", listed)
    return HttpResponse(body, content_type="application/xml; charset=utf-8")


class NothingHereView(RestView):
    """Any other path below the catalogue."""

    permission_classes = ()

    def get(self, request: Request, **names: str) -> Response:
        raise InvalidURL(_NOTHING)

    help = get
