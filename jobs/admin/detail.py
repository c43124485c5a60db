"""The page of a job: what was asked, what became of it and why, all to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from jobs.admin.columns import pill
from jobs.admin.inputmap import input_map
from jobs.admin.messages import MessageInline, page_of
from jobs.admin.texts import boxed, produced, sent, steps_table, table
from jobs.admin.timeline import timeline
from jobs.models import Job
from jobs.queueing.policy import position
from jobs.status import UNSUCCESSFUL, JobStatus
from services.admin.actions import moment
from services.confidential import without_tokens

if TYPE_CHECKING:  # the generic class exists only for the type checker
    JobModelAdmin = admin.ModelAdmin[Job]
else:
    JobModelAdmin = admin.ModelAdmin

_FEATURES = ("GPFeatureRecordSetLayer",)
_AUDITED = 50
#: Limits of a snapshot: what they are called, and their unit.
_LIMITS = {
    "seconds": ("Run time at most", "s"),
    "memory_mb": ("Memory at most", "MB"),
    "disk_mb": ("Disk at most", "MB"),
    "max_features": ("Features at most", ""),
    "max_vertices": ("Vertices at most", ""),
    "message_level": ("Messages", ""),
    "tool": ("Tool", ""),
    "root_url": ("Reached as", ""),
}


class JobDetail(JobModelAdmin):
    """Fields of the page, none of which is edited here."""

    change_form_template = "admin/jobs/job/detail.html"
    inlines = (MessageInline,)
    fieldsets = (
        (None, {"fields": ("id", "title", "status_mark", "error", "progress",
                           "times", "note")}),
        ("Request", {"fields": ("service_link", "task_name", "mode", "source", "user",
                                "address", "request_id", "rerun_link", "reruns_links",
                                "repaired")}),
        ("Inputs and outputs", {"fields": ("inputs_table", "maps", "outputs_table",
                                           "size_words", "pinned", "expires")}),
        ("Queue and worker", {"fields": ("priority", "place", "attempt", "worker",
                                         "host", "lease", "resources")}),
        ("Steps of the model", {"fields": ("steps_list",)}),
        ("Settings of the service that hold for this job",
         {"fields": ("limits", "snapshot_text"), "classes": ("collapse",)}),
        ("Provenance: versions, parameters and fingerprints of data",
         {"fields": ("provenance_text",), "classes": ("collapse",)}),
        ("Who did what to this job",
         {"fields": ("audit",), "classes": ("collapse",)}),
    )  # fmt: skip
    lease, repaired = moment("lease_until"), moment("repaired_at")
    expires = moment("expires_at")

    def get_urls(self) -> list[Any]:
        """Return the addresses of the pages, with the one of maps of inputs."""
        view = self.admin_site.admin_view(self.input_map)
        return [
            path("<str:pk>/inputs/<str:name>.svg", view, name="job-input-map"),
            *super().get_urls(),
        ]

    def input_map(self, request: HttpRequest, pk: str, name: str) -> HttpResponse:
        """Answer a picture of the features of an input."""
        job = self.get_queryset(request).filter(pk=pk).first()
        if job is None or not self.has_view_permission(request, job):
            raise Http404
        if name not in _drawable(job):
            raise Http404
        headers = {"Cache-Control": "private, max-age=3600"}
        return HttpResponse(
            input_map(job, name), content_type="image/svg+xml", headers=headers
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        """Show the page with buttons for what may be done to the job now."""
        job = self.get_object(request, object_id)
        fitting = _acts_of(job) if job else set()
        offered = self.get_actions(request).items()
        acts = [(name, str(one[2])) for name, one in offered if one and name in fitting]
        context = {"acts": acts} | (extra_context or {})
        return super().change_view(request, object_id, form_url, context)

    def get_fieldsets(self, request: HttpRequest, obj: Job | None = None) -> Any:
        """Leave out what this job has not got."""
        sets: Any = super().get_fieldsets(request, obj)
        if obj is None:
            return sets
        absent = _absent(obj)
        kept = [(title, options | {"fields": [one for one in options["fields"]
                                              if one not in absent]})
                for title, options in sets]  # fmt: skip
        return [one for one in kept if one[1]["fields"]]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Job | None = None
    ) -> list[str]:
        return flatten_fieldsets(self.fieldsets)

    def view_on_site(self, job: Job) -> str | None:
        """Return the job's page in the Services Directory; none for a sync run."""
        return page_of(job) or None

    @admin.display(description="times")
    def times(self, job: Job) -> SafeString:
        """Show the wait and the run as bars."""
        return timeline(job)

    @admin.display(description="position")
    def place(self, job: Job) -> str:
        """Show the place of a waiting job in the queue."""
        return str(position(job)) if job.status == JobStatus.SUBMITTED else "-"

    @admin.display(description="request id")
    def request_id(self, job: Job) -> SafeString | str:
        """Show the id by which the logs tell of the request."""
        name = str(job.snapshot.get("request_id", ""))
        return format_html("<code>{}</code>", name) if name else "-"

    @admin.display(description="run again from")
    def rerun_link(self, job: Job) -> SafeString | str:
        """Show the job that this one repeats."""
        return _link(job.rerun_of) if job.rerun_of else "-"

    @admin.display(description="run again as")
    def reruns_links(self, job: Job) -> SafeString | str:
        """Show the jobs that repeat this one."""
        rows = job.reruns.order_by("-submitted_at")[:20]
        return format_html_join("", "{}<br>", [(_link(one),) for one in rows]) or "-"

    @admin.display(description="service")
    def service_link(self, job: Job) -> SafeString | str:
        """Show the path of the service with a link to it, if it still exists."""
        if job.service_id is None:
            return f"{job.service_path} (deleted)"
        url = reverse("admin:services_service_change", args=[job.service_id])
        return format_html('<a href="{}">{}</a>', url, job.service_path)

    @admin.display(description="inputs")
    def inputs_table(self, job: Job) -> SafeString | str:
        """Show the raw inputs as they were sent; large ones by their file."""
        return table(sent(job))

    @admin.display(description="on the map")
    def maps(self, job: Job) -> SafeString | str:
        """Show the features of inputs, drawn when the page asks for them."""
        return format_html_join(
            "", '<figure class="input-map"><img src="{}" alt="Map of {}"'
            ' loading="lazy" width="420"><figcaption>{}</figcaption></figure>',
            [(reverse("admin:job-input-map", args=[job.pk, name]), name, name)
             for name in _drawable(job)],
        ) or "-"  # fmt: skip

    @admin.display(description="outputs")
    def outputs_table(self, job: Job) -> SafeString | str:
        """Show what the job produced: the manifest of its stored results."""
        return table((one["name"], produced(one, job)) for one in job.outputs)

    @admin.display(description="steps")
    def steps_list(self, job: Job) -> SafeString | str:
        """Show the steps of a model and what became of each."""
        return steps_table(job) if job.steps else "-"

    @admin.display(description="limits")
    def limits(self, job: Job) -> SafeString | str:
        """Show what of the snapshot people ask for, in words."""
        rows = [(words, f"{job.snapshot[name]} {unit}".strip())
                for name, (words, unit) in _LIMITS.items()
                if name in job.snapshot]  # fmt: skip
        return table(rows)

    @admin.display(description="resource use")
    def resources(self, job: Job) -> str:
        """Say how much of the machine the run has used."""
        used = (job.provenance or {}).get("resources")
        if not used:
            return "-"
        seconds, peak = used["cpuSeconds"], used["peakMegabytes"]
        return f"{seconds:g} s of processor time, {peak} MB of memory at the peak"

    @admin.display(description="snapshot")
    def snapshot_text(self, job: Job) -> SafeString | str:
        """Show the snapshot as JSON, in a box that scrolls."""
        shown = without_tokens(job.snapshot)  # a default may be an old one
        return boxed(shown) if job.snapshot else "-"

    @admin.display(description="provenance")
    def provenance_text(self, job: Job) -> SafeString | str:
        """Show what made the results, as JSON."""
        return boxed(job.provenance) if job.provenance else "-"

    @admin.display(description="audit")
    def audit(self, job: Job) -> SafeString | str:
        """Show what people did to the job, the latest first."""
        entries = LogEntry.objects.get_for_object(job).select_related("actor")
        return table(
            (f"{entry.timestamp:%Y-%m-%d %H:%M:%S}",
             f"{entry.actor or '-'}: {(entry.additional_data or {}).get('event', '')}")
            for entry in entries.order_by("-timestamp")[:_AUDITED]
        )  # fmt: skip


def _acts_of(job: Job) -> set[str]:
    """Return the names of the actions that make sense for a job as it is."""
    acts = {"unpin" if job.pinned else "pin"}
    if not job.is_final:
        acts.add("cancel_jobs")
    elif job.mode == Job.Mode.ASYNC and job.service_id is not None:
        acts.add("run_jobs_again")
    if job.status == JobStatus.SUBMITTED:
        acts |= {"move_to_front", "set_priority"}
    if job.status in UNSUCCESSFUL and job.repaired_at is None:
        acts.add("mark_repaired")
    return acts


def _absent(job: Job) -> set[str]:
    """Return the fields that have nothing to say of a job."""
    said: dict[str, Any] = {
        "title": job.title, "note": job.note, "error": job.error, "user": job.user_id,
        "address": job.address, "rerun_link": job.rerun_of_id,
        "reruns_links": job.reruns.exists(), "repaired": job.repaired_at,
        "maps": _drawable(job), "steps_list": job.steps, "lease": job.lease_until,
        "place": job.status == JobStatus.SUBMITTED, "expires": job.expires_at,
        "outputs_table": job.outputs, "provenance_text": job.provenance,
        "resources": (job.provenance or {}).get("resources"),
        "progress": job.status != JobStatus.SUCCEEDED and (
            not job.is_final or job.progress_percent is not None
        ),
    }  # fmt: skip
    return {name for name, value in said.items() if not value}


def _link(job: Job) -> SafeString:
    url = reverse("admin:jobs_job_change", args=[job.pk])
    return format_html('<a href="{}">{}</a> {}', url, job.pk, pill(job.status))


def _drawable(job: Job) -> list[str]:
    """Return the names of inputs that are features, given by value."""
    if job.mode == Job.Mode.SYNC or "tool" not in job.snapshot:
        return []
    schema = job.snapshot.get("schema", [])
    names = [one["name"] for one in schema
             if isinstance(one, dict) and not one.get("output")
             and one.get("dataType") in _FEATURES]  # fmt: skip
    return [name for name in names if job.inputs.get(name)]
