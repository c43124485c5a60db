"""Addresses of the pages of the web portal."""

from __future__ import annotations

from django.urls import URLPattern, path

from portal.pages import (
    catalogue,
    changing,
    checking,
    history,
    home,
    job,
    layers,
    notifications,
    package,
    references,
    results,
    run,
    schedules,
    sharing,
)
from portal.pages.batch import views as batch

_TOOL = "tools/<str:folder>/<str:service>/<str:task>/"

urlpatterns: list[URLPattern] = [
    path("", home.HomePage.as_view(), name="home"),
    path("tools/", catalogue.CataloguePage.as_view(), name="catalogue"),
    path("tools/<str:folder>/<str:service>/", catalogue.ServicePage.as_view(),
         name="service-page"),
    path("layers/", layers.OwnLayers.as_view(), name="own-layers"),
    path(_TOOL, run.RunPage.as_view(), name="run"),
    path(f"{_TOOL}batch/", batch.NewBatchPage.as_view(), name="new-batch"),
    path("batches/", batch.BatchesPage.as_view(), name="batches"),
    path("batches/<str:batch>/", batch.BatchPage.as_view(), name="batch"),
    path("batches/<str:batch>/retry/", batch.RetryFailed.as_view(), name="retry-batch"),
    path("batches/<str:batch>/cancel/", batch.CancelBatch.as_view(),
         name="cancel-batch"),
    path("notifications/", notifications.NotificationsPage.as_view(),
         name="notifications"),
    path("schedules/", schedules.SchedulesPage.as_view(), name="schedules"),
    path("schedules/<int:schedule>/", schedules.ChangeSchedule.as_view(),
         name="change-schedule"),
    path("jobs/<str:job>/schedule/", schedules.NewSchedulePage.as_view(),
         name="new-schedule"),
    path(_TOOL + "check/", checking.CheckFields.as_view(), name="check-fields"),
    path(_TOOL + "code/", checking.CodeOfRun.as_view(), name="code-of-run"),
    path("crs/", references.SearchReferences.as_view(), name="crs-search"),
    path("jobs/<str:job>/", job.JobPage.as_view(), name="job-page"),
    path("jobs/<str:job>/cancel/", job.CancelJob.as_view(), name="cancel-job"),
    path("jobs/<str:job>/results/<str:result>/", results.ResultPage.as_view(),
         name="result-page"),
    path("jobs/<str:job>/download/", package.JobZip.as_view(), name="job-zip"),
    path("jobs/", history.JobList.as_view(), name="job-list"),
    path("jobs/<str:job>/edit/", changing.EditJob.as_view(), name="edit-job"),
    path("jobs/<str:job>/pin/", changing.PinJob.as_view(), name="pin-job"),
    path("jobs/<str:job>/delete/", changing.DeleteJob.as_view(), name="delete-job"),
    path("jobs/<str:job>/share/", sharing.SharePage.as_view(), name="share-job"),
    path("jobs/<str:job>/share/<str:share>/revoke/", sharing.RevokeShare.as_view(),
         name="revoke-job-share"),
    path("s/<str:secret>/", sharing.SharedJobPage.as_view(), name="shared-job"),
]  # fmt: skip
