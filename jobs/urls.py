"""URLs of running tasks and of jobs, in any case, with or without a slash."""

from __future__ import annotations

from django.urls import URLPattern

from jobs import validation, views
from services.anycase import resource
from services.urls import TASK

JOB = TASK + r"/jobs/(?P<job>[^/]+)"
FILES = (
    r"rest/directories/(?:arcgisjobs|arcgisoutput)/(?:(?P<directory>[^/]+)/)?"
    r"(?P<name>[^/]+)_gpserver/(?P<job>j[0-9a-f]+)(?:/scratch)?"
)

urlpatterns: list[URLPattern] = [
    resource(TASK + "/execute", views.ExecuteView.as_view(), "execute"),
    resource(TASK + "/submitJob", views.SubmitJobView.as_view(), "submit-job"),
    resource(TASK + "/validate", validation.ValidateView.as_view(), "validate"),
    resource(JOB, views.JobView.as_view(), "job"),
    resource(JOB + "/cancel", views.CancelView.as_view(), "cancel"),
    resource(JOB + "/results", views.ResultsView.as_view(), "results"),
    resource(
        JOB + r"/results/(?P<parameter>[^/]+)", views.ResultView.as_view(), "result"
    ),
    resource(JOB + "/inputs", views.InputsView.as_view(), "inputs"),
    resource(JOB + r"/inputs/(?P<parameter>[^/]+)", views.InputView.as_view(), "input"),
    resource(FILES + r"/(?P<file>[^/]+)", views.JobFileView.as_view(), "job-file"),
]
