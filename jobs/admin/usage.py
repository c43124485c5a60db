"""The page of usage: what ran in a period, by service, and the same as CSV and JSON."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse

from jobs.admin.charts import stacked
from jobs.models import Usage
from jobs.queueing.reasons import KINDS
from jobs.usage.counting import HOUR_DAYS, KEEP_YEARS
from jobs.usage.durations import ACCURACY
from jobs.usage.periods import CUSTOM, Period, PeriodForm, asked
from jobs.usage.reading import by_service, by_slice, total
from jobs.usage.tally import ENDS, Tally

if TYPE_CHECKING:  # the generic class exists only for the type checker
    UsageModelAdmin = admin.ModelAdmin[Usage]
else:
    UsageModelAdmin = admin.ModelAdmin

_SHARES = (0.5, 0.95)
ALL = "(all services)"


def figures(path: str, tally: Tally) -> dict[str, Any]:
    """Return a row of the page as CSV and JSON have it; seconds and bytes."""
    spans = {}
    for share in _SHARES:
        name = f"p{share * 100:.0f}_seconds"
        spans[f"wait_{name}"] = _rounded(tally.wait(share))
        spans[f"run_{name}"] = _rounded(tally.run(share))
    return {
        "service": path,
        "runs": tally.total,
        "sync": tally.modes["sync"],
        "async": tally.modes["async"],
        **{name: tally.ends[name] for name in ENDS.values()},
        **spans,
        "users": len(tally.users),
        "runs_of_strangers": tally.strangers,
        "bytes": tally.size,
        **{f"failed_{kind}": tally.failures[kind] for kind in KINDS},
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)


@admin.register(Usage)
class UsageAdmin(UsageModelAdmin):
    """One page instead of rows; nobody changes what was."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the page, or what ``format`` names: csv or json."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = asked(request.GET.dict())
        wanted = request.GET.get("format")
        if wanted in ("csv", "json"):
            return self._file(form, wanted)
        period = form.period
        found = by_service(period)
        context = {
            **self.admin_site.each_context(request),
            "title": "Usage",
            "opts": self.opts,
            "form": form,
            "is_custom": form.data.get("range") == CUSTOM,
            "period": period,
            "rows": [(path, one, _reasons(one)) for path, one in _ordered(found)],
            "all": total(found),
            "chart": stacked(period.starts(), period.slice, by_slice(period)),
            "query": request.GET.urlencode(),
            "accuracy": f"{ACCURACY:.0%}",
            "hour_days": HOUR_DAYS,
            "keep_years": KEEP_YEARS,
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/jobs/usage/page.html", context)

    def _file(self, form: PeriodForm, wanted: str) -> HttpResponse:
        if not form.is_valid():
            said = [f"{name}: {text}" for name, texts in form.errors.items()
                    for text in texts]  # fmt: skip
            return HttpResponse("\n".join(said), status=400, content_type="text/plain")
        period = form.period
        found = by_service(period)
        rows = [figures(path, one) for path, one in _ordered(found)]
        rows.append(figures(ALL, total(found)))
        return (_csv if wanted == "csv" else _json)(period, rows)


def _ordered(found: dict[str, Tally]) -> list[tuple[str, Tally]]:
    """Return the services, those with most runs first."""
    return sorted(found.items(), key=lambda one: (-one[1].total, one[0]))


def _reasons(tally: Tally) -> str:
    """Return the kinds of failures in words, the most frequent first."""
    return ", ".join(f"{number} {kind.replace('_', ' ')}"
                     for kind, number in tally.failures.most_common())  # fmt: skip


def _csv(period: Period, rows: list[dict[str, Any]]) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{_name(period)}.csv"'
    writer = csv.DictWriter(answer, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return answer


def _json(period: Period, rows: list[dict[str, Any]]) -> HttpResponse:
    document = {
        "since": period.since.isoformat(), "until": period.until.isoformat(),
        "services": rows[:-1], "all": rows[-1],
    }  # fmt: skip
    answer = JsonResponse(document, json_dumps_params={"indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="{_name(period)}.json"'
    return answer


def _name(period: Period) -> str:
    return f"usage-{period.since:%Y%m%dT%H%M}-{period.until:%Y%m%dT%H%M}"
