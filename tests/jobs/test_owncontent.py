"""What this server holds is read with the rights of who names it: layers of result
maps, results, files of jobs and uploads, in each of the forms of their addresses.
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from jobs.access.sharing import revoke, share
from jobs.models import Job, Upload
from jobs.runs import execution
from jobs.uploads.items import purge_uploads
from portal.models import AccessToken
from portal.tokens import issue, make_key
from services.catalog import publish
from services.models import Service
from services.registry import installed
from tests.bad_input_gen import feature_set, point
from tests.conftest import ROOT, Rest

CONTEXT = f"http://testserver/{settings.CONTEXT}"
OPEN, MINE = "/Toys/Open/GPServer", "/Toys/Mine/GPServer"
FIELDS = [{"name": "rank", "type": "esriFieldTypeInteger", "alias": "Rank"}]
FEATURES = feature_set([point(x, 50) for x in range(3)], fields=FIELDS)
for _rank, _row in enumerate(FEATURES["features"]):
    _row["attributes"] = {"rank": _rank}
KEPT = ["rank"]
#: The tool, the parameter and the value of its result, by what a URL names.
FORMS = {
    "map layer": ("Keep", "In_Features"),
    "query of a map layer": ("Keep", "In_Features"),
    "result": ("Keep", "In_Features"),
    "file of features": ("Keep", "In_Features"),
    "file": ("Weigh", "In_File"),
    "result file": ("Weigh", "In_File"),
    "upload": ("Weigh", "In_File"),
    "download": ("Weigh", "In_File"),
}


@pytest.fixture
def services(published):
    """A service for all, and one for those with an account, with the same tools."""
    for path, access in (("Toys/Open", "everyone"), ("Toys/Mine", "signed_in")):
        more = {"access": access, "uploads": True, "result_map_server": True}
        service = published("abuse.Keep", path, sync=False, **more)
        for tool in ("abuse.Weigh", "toys.WriteFile"):
            publish(installed(tool), service)


@pytest.fixture
def urls(services, owner):
    """What the owner has at the service for those with an account, by its form."""
    mine = Rest(issue(owner, 5)[0])
    keep = mine.run_job(f"{MINE}/Keep", In_Features=json.dumps(FEATURES))
    write = mine.run_job(f"{MINE}/WriteFile", Text="12345")
    file = SimpleUploadedFile("some.csv", b"x,y\n1,2\n")
    sent = {"f": "json", "token": mine.token, "file": file}
    answer = mine.client.post(f"{ROOT}{MINE}/uploads/upload", sent).json()
    item = f"{CONTEXT}/rest/services{MINE}/uploads/{answer['item']['itemID']}"
    job = keep.rpartition("/")[2]
    layer = f"{CONTEXT}/rest/services/Toys/Mine/MapServer/jobs/{job}/0"
    files = f"{CONTEXT}/rest/directories/arcgisjobs/toys/mine_gpserver"
    return {
        "map layer": layer,
        "query of a map layer": f"{layer}/query?where=rank<9&f=json",
        "result": f"{CONTEXT}/rest/services{keep}/results/Out_Features?f=json",
        "file of features": f"{files}/{job}/scratch/Out_Features.parquet",
        "file": mine.get(f"{write}/results/Out_File")["value"]["url"],
        "result file": f"{CONTEXT}/rest/services{write}/results/out_file",
        "upload": item,
        "download": f"{item}/download",
    }


def with_query(url, more):
    return f"{url}{'&' if '?' in url else '?'}{more}"


def ran(rest, form, url, **more):
    """Run the task for a form with a URL as its input; return the job."""
    tool, name = FORMS[form]
    value = json.dumps({"url": url} | more)
    answer = rest.post(f"{OPEN}/{tool}/submitJob", **{name: value})
    if "error" in answer:
        return answer["error"]["details"][0]
    execution.run(answer["jobId"])
    job = Job.objects.get(pk=answer["jobId"])
    return job if job.status == "esriJobSucceeded" else job.error


def assert_read(job, form):
    """The job has read what the owner had put there."""
    assert isinstance(job, Job), job
    at = f"{OPEN}/{job.task_name}/jobs/{job.pk}/results"
    reader = Rest(issue(job.user, 5)[0]) if job.user else Rest()
    if job.task_name == "Weigh":
        sizes = {"upload": 8, "download": 8}
        assert reader.get(f"{at}/Bytes")["value"] == sizes.get(form, 5)
        return
    found = reader.get(f"{at}/Out_Features", returnType="data")["value"]
    assert [one["attributes"]["rank"] for one in found["features"]] == [0, 1, 2]
    assert [one["geometry"]["x"] for one in found["features"]] == [0, 1, 2]
    names = [one["name"] for one in found["fields"] if one["name"] != "OBJECTID"]
    assert names == KEPT


@pytest.mark.protocol("6.10 the caller's own token for this server")
def test_what_is_ones_own_is_read_without_a_second_token(urls, owner):
    assert settings.FETCH_HOSTS == []
    for form, url in urls.items():
        assert_read(ran(Rest(issue(owner, 5)[0]), form, url), form)


def test_what_is_anothers_stays_shut_and_opens_with_the_owners_token(
    urls, owner, stranger, settings
):
    settings.FETCH_HOSTS = ["*", "*:*"]  # no way round by HTTP
    token = issue(owner, 5)[0]
    for form, url in urls.items():
        for rest in (Rest(), Rest(issue(stranger, 5)[0])):
            assert "that you have no access to" in ran(rest, form, url)
        assert_read(ran(rest, form, url, token=token), form)
        assert_read(ran(Rest(), form, with_query(url, f"token={token}")), form)


def test_a_token_that_does_not_count_is_an_error_whatever_one_may_read(urls, owner):
    expired, row = issue(owner, 5)
    AccessToken.objects.filter(pk=row.pk).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )
    elsewhere = issue(owner, 5, ip="192.0.2.7")[0]
    rest = Rest(issue(owner, 5)[0])
    for form in ("map layer", "result", "file", "upload"):
        for token in ("nonsense", expired, elsewhere):
            assert "Invalid Token" in ran(rest, form, urls[form], token=token)


def test_a_token_bound_to_where_the_request_comes_from_counts(urls, owner, stranger):
    token = issue(owner, 5, ip="127.0.0.1", referer="https://app.example")[0]
    rest = Rest(issue(stranger, 5)[0])
    assert "Invalid Token" in ran(rest, "result", urls["result"], token=token)
    rest.client.defaults["HTTP_REFERER"] = "https://app.example/page"
    assert_read(ran(rest, "result", urls["result"], token=token), "result")


def test_a_token_that_was_revoked_while_the_job_waited_opens_nothing(
    urls, owner, stranger
):
    token, row = issue(owner, 5)
    value = json.dumps({"url": urls["result"], "token": token})
    rest = Rest(issue(stranger, 5)[0])
    answer = rest.post(f"{OPEN}/Keep/submitJob", In_Features=value)
    row.revoked_at = timezone.now()
    row.save()
    execution.run(answer["jobId"])
    assert "Invalid Token" in Job.objects.get(pk=answer["jobId"]).error


def test_a_key_reads_what_is_of_its_services_alone(urls, owner, stranger):
    opened, mine = Service.objects.get(name="Open"), Service.objects.get(name="Mine")
    both = Rest(make_key(owner, "Both", 1, services=[opened, mine])[0])
    one = Rest(make_key(owner, "One", 1, services=[opened])[0])
    other = Rest(issue(stranger, 5)[0])
    for form in ("map layer", "result", "file", "upload"):
        assert_read(ran(both, form, urls[form]), form)
        assert "no access" in ran(one, form, urls[form])
        for services, reads in (([opened], False), ([mine], True)):
            key = make_key(owner, "Shown", 1, services=services)[0]
            found = ran(other, form, urls[form], token=key)
            assert isinstance(found, Job) is reads


def test_a_share_link_opens_what_it_is_of(urls, owner):
    jobs = {one.task_name: one for one in Job.objects.all()}
    for form, task in (
        ("map layer", "Keep"),
        ("result", "Keep"),
        ("file", "WriteFile"),
    ):
        secret, row = share(jobs[task], owner, 60)
        url = with_query(urls[form], f"share={secret}")
        job = ran(Rest(), form, url)
        assert_read(job, form)
        assert secret not in json.dumps([job.inputs, job.snapshot])
        revoke(row)
        assert "no access" in ran(Rest(), form, url)


def test_an_address_that_is_wrong_is_as_one_that_is_shut(urls, owner):
    rest = Rest(issue(owner, 5)[0])
    for old, new in {"Out_Features": "Nothing", "Keep/jobs": "Weigh/jobs",
                     "Toys/Mine": "Toys/Open", "/jobs/j": "/jobs/x"}.items():  # fmt: skip
        said = ran(rest, "result", urls["result"].replace(old, new))
        assert "that you have no access to" in said


def test_a_job_that_has_not_ended_says_so(services, owner):
    mine = Rest(issue(owner, 5)[0])
    answer = mine.post(f"{MINE}/Keep/submitJob", In_Features=json.dumps(FEATURES))
    at = f"{CONTEXT}/rest/services{MINE}/Keep/jobs/{answer['jobId']}"
    said = ran(mine, "result", f"{at}/results/Out_Features")
    assert "no results: its status is esriJobSubmitted" in said


def test_a_result_that_holds_no_data_is_refused_by_its_type(services, owner, urls):
    mine = Rest(issue(owner, 5)[0])
    value = json.dumps({"url": urls["file"]})
    weigh = mine.run_job(f"{MINE}/Weigh", In_File=value)
    said = ran(mine, "result", f"{CONTEXT}/rest/services{weigh}/results/Bytes")
    assert "expected" in said
    assert "GPLong" in said


def test_features_are_a_file_for_a_tool_that_takes_files(urls, owner):
    value = json.dumps({"url": urls["result"].replace("f=json", "f=geojson")})
    mine = Rest(issue(owner, 5)[0])
    job = mine.run_job(f"{OPEN}/Weigh", In_File=value)
    assert mine.get(f"{job}/results/Bytes")["value"] > 100


def test_a_filter_selects_among_results(urls, owner):
    job = ran(Rest(issue(owner, 5)[0]), "result", urls["result"], filter="rank > 1")
    found = Rest(issue(owner, 5)[0]).get(
        f"{OPEN}/Keep/jobs/{job.pk}/results/Out_Features", returnType="data"
    )["value"]
    assert [one["attributes"]["rank"] for one in found["features"]] == [2]


def test_a_synchronous_run_reads_them_too(urls, owner, published):
    published("abuse.Keep", "Toys/Now")
    value = json.dumps({"url": urls["result"]})
    answer = Rest(issue(owner, 5)[0]).post(
        "/Toys/Now/GPServer/Keep/execute", In_Features=value
    )
    assert len(answer["results"][0]["value"]["features"]) == 3


def swept_uploads():
    """Sweep when nobody has used the uploads for long; return how many are left."""
    Upload.objects.update(used_at=timezone.now() - timedelta(days=9))
    purge_uploads()
    return Upload.objects.count()


def test_an_upload_is_kept_while_a_job_that_names_its_url_waits(urls, owner):
    value = json.dumps({"url": urls["download"]})
    mine = Rest(issue(owner, 5)[0])
    answer = mine.post(f"{OPEN}/Weigh/submitJob", In_File=value)
    assert swept_uploads() == 1
    execution.run(answer["jobId"])
    assert swept_uploads() == 0


def test_an_upload_is_kept_while_a_job_waits_that_names_it_beside_a_hidden_text(
    rest, published
):
    """Its inputs are stored without what is hidden: the item is not among them."""
    published("typed.OpenAll", sync=False, uploads=True)
    at = "/Toys/Service/GPServer"
    sent = {"f": "json", "file": SimpleUploadedFile("some.csv", b"x,y\n1,2\n")}
    item = rest.client.post(f"{ROOT}{at}/uploads/upload", sent).json()["item"]
    rows = json.dumps([[{"itemID": item["itemID"].upper()}, "open sesame"]])
    answer = rest.post(f"{at}/OpenAll/submitJob", Rows=rows)
    job = Job.objects.get(pk=answer["jobId"])
    assert "sesame" not in json.dumps([job.inputs, job.snapshot])
    assert item["itemID"] not in json.dumps(job.inputs)
    assert swept_uploads() == 1
    execution.run(job.pk)
    at = f"{at}/OpenAll/jobs/{job.pk}"
    assert rest.get(f"{at}/results/Bytes")["value"] == 8
    assert swept_uploads() == 0
