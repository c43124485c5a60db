"""API keys: what each opens, and what it never does."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver

from jobs.models import Job
from portal import tokens
from services.views import RestView
from tests.conftest import Rest

TOKENS = f"/{settings.CONTEXT}/tokens/generateToken"
ADMIN = f"/{settings.CONTEXT}/admin/services"
NO_RIGHT = {
    "code": 403,
    "message": "You do not have permissions to access this resource"
    " or perform this operation.",
    "details": [],
}
ASYNC = "/Toys/Async/GPServer/TwoOutputs"


@pytest.fixture
def private(published):
    return published("toys.TwoOutputs", "Toys/Private", access="signed_in")


@pytest.fixture
def other(published):
    return published("toys.TwoOutputs", "Toys/Other", access="signed_in")


def rest_of(owner, **scope):
    return Rest(tokens.make_key(owner, "test", 30, **scope)[0])


def run(rest, name):
    return rest.post(f"/Toys/{name}/GPServer/TwoOutputs/execute")


def test_a_key_for_all_services_runs_what_its_owner_may(owner, private, other):
    rest = rest_of(owner)
    assert "results" in run(rest, "Private")
    assert "results" in run(rest, "Other")


def test_a_key_for_chosen_services_opens_no_other(owner, private, other, published):
    published("toys.TwoOutputs", "Toys/Open")
    rest = rest_of(owner, services=[private])
    assert "results" in run(rest, "Private")
    assert run(rest, "Other")["error"] == NO_RIGHT
    assert run(rest, "Open")["error"] == NO_RIGHT
    assert rest.get("/Toys/Other/GPServer")["error"] == NO_RIGHT


def test_the_catalogue_of_a_key_has_its_services(owner, private, other):
    rest = rest_of(owner, services=[private])
    assert [one["name"] for one in rest.get("/Toys")["services"]] == ["Toys/Private"]


def test_a_service_that_is_gone_leaves_its_keys_without_it(owner, private, other):
    rest = rest_of(owner, services=[private])
    private.delete()
    assert run(rest, "Other")["error"] == NO_RIGHT


def test_a_key_that_reads_sees_a_service_and_jobs_but_runs_nothing(owner, published):
    row = published("toys.TwoOutputs", "Toys/Async", sync=False, access="signed_in")
    row.uploads = True
    row.save()
    runner, rest = rest_of(owner), rest_of(owner, may_run=False)
    job = runner.run_job(ASYNC)
    assert rest.get("/Toys/Async/GPServer")["tasks"] == ["TwoOutputs"]
    assert rest.get(job)["jobStatus"] == "esriJobSucceeded"
    assert rest.get(f"{job}/results/First")["paramName"] == "First"
    for path in (f"{ASYNC}/submitJob", f"{ASYNC}/validate", f"{job}/cancel",
                 "/Toys/Async/GPServer/uploads/register"):  # fmt: skip
        assert rest.post(path, itemName="a.csv")["error"] == NO_RIGHT


def test_files_of_jobs_are_for_keys_of_their_service(owner, published, private):
    row = published("toys.TwoOutputs", "Toys/Async", sync=False, access="signed_in")
    job = rest_of(owner).run_job(ASYNC).rpartition("/")[2]
    path = f"/{settings.CONTEXT}/rest/directories/arcgisjobs/toys/async_gpserver/{job}"
    Job.objects.update(outputs=[{"name": "F", "file": "results.json"}])
    folder = Job.objects.get().results_folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text("{}")
    url = f"{path}/scratch/results.json"
    found = []
    for services in ([row], [private]):
        rest = rest_of(owner, services=services)
        answer = rest.client.get(url, {"token": rest.token, "f": "json"})
        found.append(b"".join(answer))
    assert found[0] == b"{}"
    assert b'"code":404' in found[1]


def test_no_key_reaches_the_administrator_api(admin_user):
    key, _ = tokens.make_key(admin_user, "test", 30)
    token, _ = tokens.issue(admin_user, 5)
    answers = [Client().get(ADMIN, {"f": "json", "token": one}).json()
               for one in (key, token)]  # fmt: skip
    assert answers[0]["code"] == 403
    assert "services" in answers[1]


def test_a_key_is_not_traded_for_a_token(client, owner, private):
    key, _ = tokens.make_key(owner, "test", 30, services=[private])
    answer = client.post(TOKENS, {"token": key, "f": "json"}).json()
    assert answer["error"] == NO_RIGHT


def test_a_key_for_chosen_services_reads_layers_as_a_stranger(owner, published):
    row = published("toys.TwoOutputs", "Toys/Async", sync=False, access="signed_in")
    for services, expected in (([row], True), (None, False)):
        Job.objects.all().delete()
        rest_of(owner, services=services).post(f"{ASYNC}/submitJob")
        assert Job.objects.get().snapshot["reads_as_stranger"] is expected


#: What keys that only read are kept from, by the names of the views.
RUNNING = {
    "CancelView", "CommitView", "CreateShareView", "RevokeShareView", "DeleteView", "ExecuteView", "RegisterView",
    "SubmitJobView", "UploadPartView", "UploadView", "ValidateView",
}  # fmt: skip
#: What they are for, or what takes no token at all.
READING = {
    "CatalogView", "ContentsView", "DownloadView", "ExportImageView", "ExportView", "FindView",
    "FolderView", "GenerateTokenView", "HealthView", "HostedDownloadView",
    "HostedEditView", "HostedLayerView", "HostedLayersView", "HostedQueryView",
    "HostedRendererView", "HostedServiceView", "IdentifyView", "ImageOperationView",
    "ImagePictureView", "ImageServiceView", "InfoListView", "InfoView", "InputView",
    "InputsView", "ItemInfoView", "ItemView", "JobExportView",
    "JobFileView", "JobLayerQueryView", "JobLayerRendererView", "JobLayerView",
    "JobLayersView", "JobLegendView", "JobView",
    "JsonSchemaView", "LayerView", "LayersView", "LegendView", "MapDownloadView",
    "MapQueryView", "MapRendererView", "MapServiceView", "MapView", "MessagesView",
    "NothingHereView", "PartsView", "PictureView", "ProvenanceView", "ResultDownloadView",
    "ResultView", "ResultsView", "ScriptView", "ServiceMetadataView", "ServiceView", "SharesView",
    "TaskMetadataView", "TaskView", "ThumbnailView", "UploadsInfoView", "UploadsView",
}  # fmt: skip


def _views():
    found = [*get_resolver().url_patterns]
    for one in found:
        found.extend(getattr(one, "url_patterns", ()))
        view = getattr(getattr(one, "callback", None), "cls", None)
        if isinstance(view, type) and issubclass(view, RestView):
            yield view


def test_each_resource_is_known_as_one_to_read_or_to_run():
    views = {one for one in _views() if "adminrest" not in one.__module__}
    running = {one.__name__ for one in views if one.runs}
    assert running == RUNNING
    assert {one.__name__ for one in views} - running == READING


def test_a_key_can_be_told_from_other_texts(owner):
    key, row = tokens.make_key(owner, "Nightly", 30)
    assert re.fullmatch(r"cairn_[\w-]{43}", key)
    assert key.startswith(row.prefix)
    assert len(row.prefix) == 12
