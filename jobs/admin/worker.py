"""Workers in the admin: who lives, what they do, and a pause for them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.admin.texts import spoken
from jobs.models import Job, Worker
from jobs.status import RUNNING
from jobs.workers.vitals import living_workers
from services.admin.actions import ask, counted, mark, moment

if TYPE_CHECKING:  # the generic class exists only for the type checker
    WorkerModelAdmin = admin.ModelAdmin[Worker]
else:
    WorkerModelAdmin = admin.ModelAdmin

Wish = Worker.Wish
_PAUSE = (
    "They take no more jobs until they are resumed. What they run goes on; what waits"
    " is for other workers, or waits on."
)


@admin.register(Worker)
class WorkerAdmin(WorkerModelAdmin):
    """A row for each worker that lives or has lately; only its wish can be changed."""

    list_display = (
        "__str__", "life", "wish_mark", "jobs_now", "slots", "memory", "heard",
        "started",
    )  # fmt: skip
    list_per_page = 100
    list_filter = ("wish", "host")
    actions = ("pause", "resume", "drain")
    fields = (
        "id", "host", "pid", "life", "wish_mark", "jobs_now", "slots", "memory",
        "heard", "seen", "started",
    )  # fmt: skip
    started, seen = moment("started_at"), moment("seen_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Worker]:
        rows: QuerySet[Worker] = super().get_queryset(request)
        running = Job.objects.filter(worker=OuterRef("pk"), status__in=RUNNING)
        count = running.order_by().values("worker").annotate(count=Count("pk"))
        return rows.annotate(
            living=Exists(living_workers().filter(pk=OuterRef("pk"))),
            running=Coalesce(Subquery(count.values("count")), 0),
        )

    def get_readonly_fields(
        self, request: HttpRequest, obj: Worker | None = None
    ) -> tuple[str, ...]:
        return self.fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or self.has_wish_permission(
            request
        )

    def has_wish_permission(self, request: HttpRequest) -> bool:
        """Tell if the user may say what workers are to do."""
        return request.user.has_perm("jobs.change_worker")

    @admin.display(description="alive")
    def life(self, worker: Any) -> SafeString:
        """Show if it was heard of in time."""
        if worker.living:
            return mark("yes", "Alive")
        return mark("no", "Silent")

    @admin.display(description="state", ordering="wish")
    def wish_mark(self, worker: Worker) -> SafeString | str:
        """Show what it is to do."""
        text = worker.get_wish_display()
        return mark("alert", text) if worker.wish else text

    @admin.display(description="runs now", ordering="running")
    def jobs_now(self, worker: Any) -> SafeString | str:
        """Show how many jobs it runs, with a link to them."""
        if not worker.running:
            return "-"
        query = urlencode({"worker": worker.pk, "status__in": ",".join(RUNNING)})
        url = f"{reverse('admin:jobs_job_changelist')}?{query}"
        return format_html('<a href="{}">{}</a>', url, counted(worker.running, Job))

    @admin.display(description="memory", ordering="memory_mb")
    def memory(self, worker: Worker) -> str:
        """Show the memory of all its processes."""
        return f"{worker.memory_mb:,} MB" if worker.memory_mb else "not known"

    @admin.display(description="heard of", ordering="seen_at")
    def heard(self, worker: Worker) -> SafeString:
        """Show how long ago it said that it lives."""
        ago = spoken(max(timezone.now() - worker.seen_at, timedelta()))
        return format_html('<span class="nowrap">{} ago</span>', ago)

    def _want(
        self, request: HttpRequest, rows: QuerySet[Worker], wish: Wish, done: str
    ) -> None:
        changed = list(rows.exclude(wish=wish))
        for worker in changed:
            rows.filter(pk=worker.pk).update(wish=wish)
            self.log_change(request, worker, f"{done.capitalize()}.")
        text = f"{counted(len(changed), Worker)} {done}."
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(description="Pause", permissions=["wish"])
    def pause(
        self, request: HttpRequest, rows: QuerySet[Worker]
    ) -> HttpResponse | None:
        """Let workers take no more jobs until they are resumed."""
        page = ask(self, request, rows, question="Pause these workers", effect=_PAUSE)
        if page is None:
            self._want(request, rows, Wish.PAUSE, "paused")
        return page

    @admin.action(description="Resume", permissions=["wish"])
    def resume(self, request: HttpRequest, rows: QuerySet[Worker]) -> None:
        """Let workers take jobs again."""
        self._want(request, rows, Wish.RUN, "resumed")

    @admin.action(description="Drain", permissions=["wish"])
    def drain(
        self, request: HttpRequest, rows: QuerySet[Worker]
    ) -> HttpResponse | None:
        """Let workers end once what they run has ended."""
        page = ask(
            self, request, rows, question="Drain these workers",
            effect="They take no more jobs, and end when those that they run have"
            f" ended, within {settings.SWEEP_SECONDS:.0f} s. Whatever watches over a"
            " worker, as make run does, then starts it anew.",
        )  # fmt: skip
        if page is None:
            self._want(request, rows, Wish.DRAIN, "let drain")
        return page
