"""URLs of running tasks and of jobs, in any case, with or without a slash."""

from __future__ import annotations

from django.urls import re_path

from jobs import views
from services.urls import TASK

JOB = TASK + r"/(?i:jobs)/(?P<job>[^/]+)"

urlpatterns = [
    re_path(TASK + r"/(?i:execute)/?$", views.ExecuteView.as_view(), name="execute"),
    re_path(
        TASK + r"/(?i:submitJob)/?$", views.SubmitJobView.as_view(), name="submit-job"
    ),
    re_path(JOB + r"/?$", views.JobView.as_view(), name="job"),
    re_path(JOB + r"/(?i:cancel)/?$", views.CancelView.as_view(), name="cancel"),
    re_path(JOB + r"/(?i:results)/?$", views.ResultsView.as_view(), name="results"),
    re_path(
        JOB + r"/(?i:results)/(?P<parameter>[^/]+)/?$",
        views.ResultView.as_view(),
        name="result",
    ),
    re_path(JOB + r"/(?i:inputs)/?$", views.InputsView.as_view(), name="inputs"),
    re_path(
        JOB + r"/(?i:inputs)/(?P<parameter>[^/]+)/?$",
        views.InputView.as_view(),
        name="input",
    ),
    re_path(
        r"^(?i:rest/directories/arcgisjobs)/(?:(?P<directory>[^/]+)/)?"
        r"(?P<name>[^/]+)/(?P<job>[^/]+)/(?i:scratch)/(?P<file>[^/]+)$",
        views.JobFileView.as_view(),
        name="job-file",
    ),
]
