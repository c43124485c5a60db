"""The admin of services, whole: list, page, acts, exchange as JSON, publishing."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.models import Job
from portal.admin.services.exchange import ExchangeActs, import_page
from portal.admin.services.form import PortalServiceForm
from portal.admin.services.jobacts import JobActs
from portal.admin.services.listing import QUICK, FailuresFilter, ServiceListing
from portal.admin.services.testrun import TestRun
from services.admin.catalogue import ServiceAdmin, jobs_url, rest_url
from services.admin.fieldsets import STATUS, fieldsets
from services.admin.filters import FolderFilter
from services.admin.wizard import wizard_urls
from services.models import Service

_KEPT = ("kept_properties", "kept_item_info")


@admin.register(Service)
class PortalServiceAdmin(ServiceListing, ExchangeActs, JobActs, ServiceAdmin):
    """Services with their tasks and what is known of their jobs."""

    form = PortalServiceForm
    change_form_template = "admin/services/service/change_form.html"
    change_list_template = "admin/services/service/change_list.html"
    fieldsets: ClassVar[Any] = fieldsets(
        _KEPT, (*STATUS[:2], "last_error", *STATUS[2:])
    )
    readonly_fields: ClassVar[Any] = (*ServiceAdmin.readonly_fields, "last_error")
    list_filter: ClassVar[Any] = (
        "state", ("folder", FolderFilter), "execution_type", "access", "uploads",
        FailuresFilter,
    )  # fmt: skip
    actions: Any = (
        "start", "stop", "restart", "set_access", "set_message_level", "duplicate",
        "export_json", "purge_queue", "renew_parameters",
    )  # fmt: skip

    def get_urls(self) -> list[Any]:
        """Return the addresses of lists and pages, with importing and publishing."""
        wrap = self.admin_site.admin_view
        own = [
            path("import/", wrap(import_page(self)), name="services_service_import"),
            path("<int:pk>/test/<int:task_pk>/", wrap(TestRun(self).page),
                 name="services_service_test"),
            path("<int:pk>/rest/", wrap(self.to_rest), name="services_service_rest"),
            *wizard_urls(self),
        ]  # fmt: skip
        return [*own, *super().get_urls()]

    def to_rest(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Go to the service's page in the Services Directory."""
        service = self.get_object(request, str(pk))
        if service is None or not self.has_view_permission(request, service):
            raise Http404("there is no such service")
        return HttpResponseRedirect(rest_url(f"{service.path}/GPServer"))

    def get_fieldsets(self, request: HttpRequest, obj: Service | None = None) -> Any:
        """Leave out what a job has said for who sees no jobs."""
        found = super().get_fieldsets(request, obj)
        if self.sees_jobs(request):
            return found
        *others, (title, options) = found
        shown = tuple(one for one in options["fields"] if one != "last_error")
        return (*others, (title, options | {"fields": shown}))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the list; the button of a row is an act on that row alone."""
        act, _, pk = request.POST.get(QUICK, "").partition(":")
        if act in ("start", "stop") and pk.isdecimal():
            form = request.POST.copy()
            form.pop(QUICK)
            form["action"], form["index"] = act, "0"
            form["select_across"] = "0"
            form["_selected_action"] = pk
            request.POST = form  # type: ignore[assignment]
        may = {"may_publish": self.has_add_permission(request)}
        return super().changelist_view(request, may | (extra_context or {}))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Answer the page of a service, with its links and acts."""
        obj = kwargs.get("obj")
        if isinstance(obj, Service) and obj.pk:
            context |= {
                "jobs_url": jobs_url(obj) if self.sees_jobs(request) else "",
                "portal_url": self.view_on_site(obj),
                "list_url": reverse("admin:services_service_changelist"),
                "stopped": obj.state == Service.State.STOPPED,
                "tasks": list(obj.tasks.all()),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="last error")
    def last_error(self, service: Service) -> SafeString | str:
        """Show why the newest failed job failed, with a link to it."""
        if not service.pk:
            return "-"
        jobs = Job.objects.filter(service=service).exclude(error="")
        job = jobs.order_by("-submitted_at").values("pk", "error", "ended_at").first()
        if job is None:
            return "none on record"
        url = reverse("admin:jobs_job_change", args=[job["pk"]])
        line = str(job["error"]).partition("\n")[0][:200]
        return format_html('<a href="{}">{}</a>', url, line)
