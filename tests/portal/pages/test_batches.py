"""Batches: what becomes a row, what is refused, who may see one, what runs again."""

from __future__ import annotations

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jobs.models import Batch, Job
from jobs.queueing import queue
from jobs.repeated.watches import unread
from jobs.runs import execution
from jobs.status import JobStatus
from portal.pages.batch.rows import from_csv, from_features
from services.errors import InvalidParameters
from services.form import Form, plain_fields
from services.registry import installed

BUFFER = "/tools/Toys/Buffer/Buffer/batch/"


@pytest.fixture
def buffer(published, monkeypatch):
    """A Buffer whose jobs run at once."""
    monkeypatch.setattr(queue, "push", execution.run)
    return published("samples.Buffer", "Toys/Buffer", sync=False)


@pytest.fixture
def person(owner):
    client = Client()
    client.force_login(owner)
    return client


def inputs():
    return installed("samples.Buffer").schema.inputs


def test_columns_x_and_y_make_a_point_of_each_row():
    forms = from_csv("x,y,name\n24.9,60.2,A\n-5,7.5,B\n", inputs(), Form())
    places = [orjson.loads(one.small["Input_Features"]) for one in forms]
    assert [one["features"] for one in places] == [
        [{"geometry": {"x": 24.9, "y": 60.2}, "attributes": {"name": "A"}}],
        [{"geometry": {"x": -5.0, "y": 7.5}, "attributes": {"name": "B"}}],
    ]


@pytest.mark.parametrize(
    "text", ["lon;lat\n1,5;2,5\n", "Longitude\tLatitude\n1.5\t2.5\n"]
)
def test_other_names_delimiters_and_decimal_commas_are_understood(text):
    (form,) = from_csv(text, inputs(), Form())
    (feature,) = orjson.loads(form.small["Input_Features"])["features"]
    assert feature["geometry"] == {"x": 1.5, "y": 2.5}


def test_a_column_named_as_an_input_fills_it_and_an_empty_cell_leaves_what_all_have():
    shared = plain_fields({"Distance": "1 Kilometers"})
    forms = from_csv("x,y,distance\n1,2,5 Miles\n1,2,\n", inputs(), shared)
    assert [one.small["Distance"] for one in forms] == ["5 Miles", "1 Kilometers"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a line with the names"),
        ("a,b\n1,2\n", "no column is named as an input"),
        ("x,y\none,2\n", "row 1: expected coordinates"),
        ('x,y\n"1,2\n', "is no CSV"),
    ],
)
def test_a_table_that_says_nothing_is_refused_in_words(text, said):
    with pytest.raises(InvalidParameters, match=said):
        from_csv(text, inputs(), Form())


def test_each_feature_becomes_a_form_of_its_own():
    features = [{"geometry": {"x": n, "y": n}} for n in range(3)]
    text = orjson.dumps({"geometryType": "esriGeometryPoint", "features": features})
    forms = from_features(
        "Input_Features", plain_fields({"Input_Features": text.decode()})
    )
    found = [orjson.loads(one.small["Input_Features"]) for one in forms]
    assert [one["features"] for one in found] == [[one] for one in features]
    assert {one["geometryType"] for one in found} == {"esriGeometryPoint"}


def test_a_layers_address_is_not_split():
    form = plain_fields({"Input_Features": '{"url": "https://gis.example.org/0"}'})
    with pytest.raises(InvalidParameters, match="features given here"):
        from_features("Input_Features", form)


def test_a_file_of_rows_becomes_a_batch_whose_end_is_told(buffer, person, owner):
    table = SimpleUploadedFile("points.csv", b"x,y\n1,2\n3,4\n5,6\n")
    answer = person.post(BUFFER, {"rows": table, "Distance": "2", "title": "Three"})
    batch = Batch.objects.get()
    assert answer.url == f"/batches/{batch.pk}/"
    rows = batch.jobs.order_by("batch_row")
    assert [one.status for one in rows] == [JobStatus.SUCCEEDED] * 3
    assert {one.source for one in rows} == {Job.Source.BATCH}
    assert [one.batch for one in unread(owner)] == [batch]
    assert "100 %" in person.get(answer.url).text


def test_a_bad_row_is_named_and_nothing_is_stored(buffer, person):
    table = "x,y,Distance\n1,2,1 Miles\n1,2,far\n"
    answer = person.post(BUFFER, {"pasted": table})
    assert answer.status_code == 422
    assert "Row 2, Distance" in answer.text
    assert not Job.objects.exists()
    assert not Batch.objects.exists()


def test_too_many_rows_are_refused_before_the_first_is_stored(buffer, person, settings):
    settings.QUEUED_PER_USER = 2
    answer = person.post(BUFFER, {"pasted": "x,y\n1,1\n2,2\n3,3\n", "Distance": "1"})
    assert "1 to 2 rows; here are 3" in answer.text
    assert not Job.objects.exists()


def test_a_form_that_is_sent_twice_makes_one_batch(buffer, person):
    sent = {"pasted": "x,y\n1,2\n", "Distance": "1", "submission": "a-key"}
    first, second = person.post(BUFFER, sent), person.post(BUFFER, sent)
    assert first.url == second.url
    assert Job.objects.count() == 1


def test_a_batch_is_its_owners(buffer, person, stranger):
    person.post(BUFFER, {"pasted": "x,y\n1,2\n", "Distance": "1"})
    other, url = Client(), f"/batches/{Batch.objects.get().pk}/"
    assert "/account/login" in other.get(url).url
    other.force_login(stranger)
    assert other.get(url).status_code == 404
    assert other.post(f"{url}cancel/").status_code == 404


def test_only_rows_that_failed_run_again(published, person, monkeypatch, owner):
    monkeypatch.setattr(queue, "push", execution.run)
    published("samples.Fail", "Toys/Fail", sync=False)
    person.post("/tools/Toys/Fail/Fail/batch/", {"pasted": "Message\nno\nneither\n"})
    batch = Batch.objects.get()
    first = batch.jobs.get(batch_row=1)
    Job.objects.filter(pk=first.pk).update(status=JobStatus.SUCCEEDED)
    person.post(f"/batches/{batch.pk}/retry/")
    assert sorted(batch.jobs.values_list("batch_row", flat=True)) == [1, 2, 2]
    again = batch.jobs.get(batch_row=2, rerun_of__isnull=False)
    assert again.source == Job.Source.BATCH


def test_whoever_looks_at_the_end_needs_not_be_told_of_it(buffer, person, owner):
    answer = person.post("/tools/Toys/Buffer/Buffer/", {
        "Input_Features": POINT, "Distance": "1", "Distance.units": "esriKilometers",
    })  # fmt: skip
    assert [one.job for one in unread(owner)] == [Job.objects.get()]
    person.get(answer.url)
    assert not unread(owner)


POINT = orjson.dumps(
    {
        "geometryType": "esriGeometryPoint",
        "features": [{"geometry": {"x": 1, "y": 2}}],
    }
).decode()


def test_many_batches_and_notifications_cost_as_many_queries_as_one(
    buffer, person, owner
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked(url):
        with CaptureQueriesContext(connection) as queries:
            assert person.get(url).status_code == 200
        return len(queries)

    urls, table = ("/batches/", "/notifications/"), "x,y\n1,2\n3,4\n"
    person.post(BUFFER, {"pasted": table, "Distance": "1"})
    first = [asked(url) for url in urls]
    for _ in range(3):
        person.post(BUFFER, {"pasted": table, "Distance": "1"})
    assert [asked(url) for url in urls] == first
