"""Models in the admin, by plain forms: composed, checked, saved, published."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile

from services.modelbox import import_model
from services.models import Model, ModelVersion, Service
from services.samples import load_samples
from tests.services.modeling.models import model, step

BOX = "/admin/services/model"
KM = "5 esriKilometers"


@pytest.fixture
def admin(client, db):
    client.force_login(User.objects.create_superuser("root", password="root-pass-1"))
    return client


@pytest.fixture
def row(admin):
    admin.post(f"{BOX}/add/", {"name": "Reach", "json": ""})
    return Model.objects.get()


def act(client, row, what):
    page = client.get(f"{BOX}/{row.pk}/change/")
    data = {"stamp": page.context["stamp"], "act": what}
    return client.post(f"{BOX}/{row.pk}/act/", data, follow=True)


def send(client, row, page, **changes):
    """Open a form of a model, change fields, save; return the response."""
    url = f"{BOX}/{row.pk}/{page}"
    opened = client.get(url)
    form = opened.context["form"]
    sent = {one.html_name: one.value() for one in form}
    sent = {k: v for k, v in sent.items() if v is not None and v is not False}
    sent |= {"stamp": opened.context["stamp"]} | changes
    return client.post(url, sent, follow=True)


def add_step(client, row, tool):
    page = client.get(f"{BOX}/{row.pk}/tools/")
    client.post(
        f"{BOX}/{row.pk}/tools/", {"stamp": page.context["stamp"], "tool": tool}
    )
    row.refresh_from_db()
    return row.draft["steps"][-1]["id"]


def faults(client, row):
    return [str(one) for one in client.get(f"{BOX}/{row.pk}/change/").context["faults"]]


def build(admin, row):
    """Buffer and clip, as a person does: page after page."""
    grow = add_step(admin, row, "proximity.Buffer")
    send(
        admin,
        row,
        f"steps/{grow}/",
        **{
            "from-Input_Features": "new",
            "from-Distance": "constant",
            "value-Distance": KM,
        },
    )
    cut = add_step(admin, row, "overlay.Clip")
    send(
        admin,
        row,
        f"steps/{cut}/",
        **{
            "from-Input_Features": f"step:{grow}:Output_Features",
            "from-Clip_Features": "new",
        },
    )
    send(admin, row, "outputs/", name="Pieces", source=f"step:{cut}:Output_Features")
    row.refresh_from_db()
    return grow, cut


def test_a_model_is_composed_page_by_page_and_can_be_run(admin, row, rest):
    assert faults(admin, row) == [
        "The model: it has no steps.",
        "The model: it has no outputs.",
    ]
    build(admin, row)
    assert faults(admin, row) == []
    assert [one["name"] for one in row.draft["inputs"]] == [
        "Input_Features",
        "Clip_Features",
    ]
    assert row.draft["steps"][0]["inputs"]["Distance"] == {
        "value": {"distance": 5, "units": "esriKilometers"}
    }
    act(admin, row, "save")
    assert ModelVersion.objects.get().author.username == "root"
    service = Service.objects.create(
        name="Mine", execution_type="esriExecutionTypeSynchronous", access="everyone"
    )
    page = send(admin, row, "publish/", service=service.pk)
    assert "Version 1 is published as Mine/Reach." in page.content.decode()
    point = {
        "geometryType": "esriGeometryPoint",
        "spatialReference": {"wkid": 4326},
        "features": [{"geometry": {"x": 10, "y": 50}, "attributes": {}}],
    }
    ring = [[9, 49], [9, 51], [10, 51], [10, 49], [9, 49]]
    zone = {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 4326},
        "features": [{"geometry": {"rings": [ring]}, "attributes": {}}],
    }
    answer = rest.post(
        "/Mine/GPServer/Reach/execute",
        Input_Features=json.dumps(point),
        Clip_Features=json.dumps(zone),
    )
    [result] = answer["results"]
    assert (result["paramName"], len(result["value"]["features"])) == ("Pieces", 1)


def test_the_page_shows_all_of_a_model_and_draws_it(admin):
    load_samples()
    row = Model.objects.get(name="CityReach")
    text = admin.get(f"{BOX}/{row.pk}/change/").content.decode()
    for shown in (
        "It can be run",
        "Reach of a city",
        "statistics.SummaryStatistics",
        "Step 3, Intersect: Shared pieces",
        "Samples/Models/CityReach",
        "models.CityReach@1",
        '<svg class="model"',
        "Step 2, Clip, runs overlay.Clip",
    ):
        assert shown in text, shown


def test_steps_move_and_go_with_what_was_bound_to_them(admin, row):
    grow, cut = build(admin, row)
    act(admin, row, f"up:{cut}")
    row.refresh_from_db()
    assert [one["id"] for one in row.draft["steps"]] == [cut, grow]
    assert faults(admin, row) == []
    act(admin, row, f"delete-step:{grow}")
    assert faults(admin, row) == [
        f"Step '{cut}', Input_Features: a value is required: a"
        " constant, an input of the model or an output of another"
        " step."
    ]
    act(admin, row, f"delete-step:{cut}")
    row.refresh_from_db()
    assert (row.draft["steps"], row.draft["outputs"]) == ([], [])


def test_a_form_keeps_order_condition_iteration_and_joins(admin, row):
    grow, cut = build(admin, row)
    send(
        admin,
        row,
        f"steps/{cut}/",
        title="Cut",
        keep="on",
        after=[grow],
        of=f"step:{grow}:Output_Features",
        measure="count",
        operator=">",
        to="0",
        by="field",
        each="Input_Features",
        field="name",
        **{"or-Input_Features": "input:Input_Features"},
    )
    row.refresh_from_db()
    made = row.draft["steps"][1]
    output = {"step": grow, "output": "Output_Features"}
    assert made["condition"] == {"of": output, "measure": "count", "is": ">", "to": 0}
    assert made["each"] == {"input": "Input_Features", "by": "field", "field": "name"}
    assert made["inputs"]["Input_Features"] == {
        "first": [output, {"parameter": "Input_Features"}]
    }
    assert (made["title"], made["keep"], made["after"]) == ("Cut", True, [grow])
    before = row.draft
    send(admin, row, f"steps/{cut}/")
    row.refresh_from_db()
    assert row.draft == before
    assert faults(admin, row) == []
    page = admin.get(f"{BOX}/{row.pk}/change/").content.decode()
    assert "once for each field name of Input_Features" in page


def test_values_that_do_not_fit_are_refused_beside_their_field(admin, row):
    grow = add_step(admin, row, "proximity.Buffer")
    page = send(
        admin,
        row,
        f"steps/{grow}/",
        **{"from-Distance": "constant", "value-Distance": "far"},
    )
    assert "GPLinearUnit: " in str(page.context["form"].errors["value-Distance"])
    page = send(admin, row, f"steps/{grow}/", by="feature")
    assert "Choose the input" in str(page.context["form"].errors["each"])
    page = send(admin, row, "inputs/", name="token", data_type="GPLong")
    assert "not a usable parameter name" in str(page.context["form"].errors["name"])
    page = send(
        admin, row, "inputs/", name="Number", data_type="GPLong", default="many"
    )
    assert "GPLong" in str(page.context["form"].errors["default"])
    page = send(
        admin,
        row,
        "inputs/",
        name="Number",
        data_type="GPLong",
        default="5",
        minimum="6",
    )
    assert "at least 6" in str(page.context["form"].errors)


def test_inputs_are_added_edited_and_deleted(admin, row):
    send(
        admin,
        row,
        "inputs/",
        name="Number",
        data_type="GPLong",
        default="5",
        label="How many",
    )
    send(admin, row, "inputs/Number/", maximum="9", required="")
    row.refresh_from_db()
    assert row.draft["inputs"] == [
        {
            "name": "Number",
            "dataType": "GPLong",
            "label": "How many",
            "default": 5,
            "maximum": 9,
            "required": False,
        }
    ]
    act(admin, row, "delete-input:Number")
    row.refresh_from_db()
    assert row.draft["inputs"] == []


def test_a_form_of_an_older_draft_changes_nothing(admin, row):
    page = admin.get(f"{BOX}/{row.pk}/texts/")
    send(admin, row, "texts/", title="Newer")
    answer = admin.post(
        f"{BOX}/{row.pk}/texts/", {"stamp": page.context["stamp"], "title": "Older"}
    )
    assert "changed the model meanwhile" in answer.content.decode()
    row.refresh_from_db()
    assert row.draft["title"] == "Newer"


def test_tools_are_found_by_words(admin, row):
    found = admin.get(f"{BOX}/{row.pk}/tools/", {"q": "clip overlay"}).context["tools"]
    assert "overlay.Clip" in [one.id for one in found]
    assert not admin.get(f"{BOX}/{row.pk}/tools/", {"q": "xyzzy"}).context["tools"]


def test_a_version_comes_back_as_the_draft(admin, row):
    build(admin, row)
    act(admin, row, "save")
    act(admin, row, "delete-output:Pieces")
    refused = act(admin, row, "save").content.decode()
    assert "cannot be saved as a version: The model: it has no outputs." in refused
    act(admin, row, "restore:1")
    row.refresh_from_db()
    assert row.draft["outputs"][0]["name"] == "Pieces"
    assert act(admin, row, "restore:9").status_code == 404


def test_json_goes_out_and_comes_in(admin, row):
    build(admin, row)
    act(admin, row, "save")
    answer = admin.get(f"{BOX}/{row.pk}/export/")
    assert answer["Content-Disposition"] == 'attachment; filename="Reach.json"'
    document = answer.content
    row.delete()
    file = SimpleUploadedFile("reach.json", document)
    admin.post(f"{BOX}/add/", {"name": "", "json": "", "file": file})
    assert Model.objects.get().newest().number == 1
    admin.post(f"{BOX}/add/", {"name": "", "json": document.decode()})
    assert Model.objects.get().newest().number == 2
    refused = admin.post(f"{BOX}/add/", {"json": '{"name": "Bad", "steps": []}'})
    assert "it has no steps" in refused.content.decode()
    nameless = admin.post(f"{BOX}/add/", {"name": "", "json": ""})
    assert "A model needs a name" in nameless.content.decode()


def test_the_draft_can_be_written_as_json(admin, row):
    document = model(
        step("write", "toys.WriteFile", Text="x"), name="Other", File="write.Out_File"
    )
    send(admin, row, "json/", json=json.dumps(document))
    row.refresh_from_db()
    assert (row.draft["name"], faults(admin, row)) == ("Reach", [])
    page = send(admin, row, "json/", json="{")
    assert "not valid JSON" in page.content.decode()


def test_a_draft_is_tried_by_who_edits_it_alone(admin, row, rest):
    build(admin, row)
    answer = act(admin, row, "try")
    assert answer.redirect_chain[0][0].endswith(
        "/Trials/Reach/GPServer/Reach/submitJob"
    )
    assert rest.get("/Trials/Reach/GPServer")["error"]["code"] == 499
    act(admin, row, "delete-output:Pieces")
    assert "he draft has a fault" in act(admin, row, "try").content.decode()


def test_the_list_shows_versions_faults_and_tasks(admin, row):
    load_samples()
    text = admin.get(f"{BOX}/").content.decode()
    assert "2 problems" in text
    assert "can be run" in text
    assert "Samples/Models/CityReach, Samples/ModelsAsync/CityReach" in text


def test_a_task_of_a_model_shows_in_the_admin_of_tasks(admin):
    load_samples()
    from services.models import Task

    task = Task.objects.filter(tool_id="models.CityReach@1").first()
    text = admin.get(f"/admin/services/task/{task.pk}/change/").content.decode()
    assert "City Reach (models.CityReach@1)" in text
    assert (
        "City Reach (models.CityReach@1)"
        in admin.get("/admin/services/task/add/").content.decode()
    )
    Model.objects.all().delete()
    assert (
        "not installed"
        in admin.get(f"/admin/services/task/{task.pk}/change/").content.decode()
    )


@pytest.mark.parametrize(
    "page",
    [
        "texts/",
        "json/",
        "tools/",
        "inputs/",
        "outputs/",
        "publish/",
        "steps/x/",
        "act/",
        "graph/",
    ],
)
def test_who_only_looks_changes_nothing(client, admin, row, page):
    viewer = User.objects.create_user("viewer", password="viewer-pass-1", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_model"))
    client.force_login(viewer)
    assert client.get(f"{BOX}/{row.pk}/{page}").status_code == 403
    shown = client.get(f"{BOX}/{row.pk}/change/")
    assert shown.status_code == 200
    assert "Save as a version" not in shown.content.decode()
    assert client.get(f"{BOX}/{row.pk}/export/").status_code == 200


def test_what_was_done_is_in_the_history(admin, row):
    build(admin, row)
    act(admin, row, "save")
    text = admin.get(f"{BOX}/{row.pk}/history/").content.decode()
    assert "Step clip changed." in text
    assert "Saved as version 1." in text


def test_a_hostile_text_stays_a_text(admin, row):
    document = model(step("write", "toys.WriteFile", Text="x"), File="write.Out_File")
    document["steps"][0]["title"] = "<script>alert(1)</script>"
    document["title"] = '"><img src=x>'
    row.draft = document
    row.save()
    text = admin.get(f"{BOX}/{row.pk}/change/").content.decode()
    assert "<script>alert" not in text
    assert "<img src=x" not in text


def test_a_draft_that_cannot_be_read_still_has_its_page(admin, row):
    row.draft = {"steps": [5]}
    row.save()
    text = admin.get(f"{BOX}/{row.pk}/change/").content.decode()
    assert "expected a JSON object" in text
    assert admin.get(f"{BOX}/{row.pk}/json/").status_code == 200


def test_models_of_others_are_imported_once(db):
    first = import_model(
        model(step("w", "toys.WriteFile", Text="x"), name="A", File="w.Out_File")
    )
    assert first.tool_id == "models.A@1"


def test_the_policy_of_the_graph_admits_one_style_and_other_pages_none(admin, row):
    build(admin, row)
    policies = [admin.get(f"{BOX}/{row.pk}/{page}")["Content-Security-Policy"]
                for page in ("graph/", "change/")]  # fmt: skip
    assert ["sha256-" in one for one in policies] == [True, False]
    assert not any("unsafe" in one for one in policies)


def graph(client, row, **sent):
    url = f"{BOX}/{row.pk}/graph/"
    return client.post(url, json.dumps(sent), content_type="application/json")


def test_the_graph_checks_and_keeps_a_draft(admin, row):
    build(admin, row)
    stamp = admin.get(f"{BOX}/{row.pk}/change/").context["stamp"]
    changed = row.draft | {"title": "Drawn", "outputs": []}
    answer = graph(admin, row, act="check", definition=changed)
    assert [one["text"] for one in answer.json()["problems"]] == [
        "The model: it has no outputs."
    ]
    row.refresh_from_db()
    assert row.draft["title"] == ""
    answer = graph(admin, row, act="save", stamp=stamp, definition=changed)
    assert answer.json()["stamp"] != stamp
    row.refresh_from_db()
    assert row.draft["title"] == "Drawn"
    assert (
        graph(admin, row, act="save", stamp=stamp, definition=changed).status_code
        == 409
    )
    unreadable = graph(admin, row, act="save", stamp=stamp, definition={"steps": 5})
    assert "'steps' must be a list" in unreadable.json()["problems"][0]["text"]
    assert graph(admin, row, act="save").status_code == 400


def test_who_may_only_add_models_does_not_write_over_those_of_others(
    client, admin, row
):
    echo = step("a", "samples.Echo", In_String="$T")
    given = {"inputs": {"T": "GPString"}, "Out": "a.Out_String"}
    import_model(model(echo, name="Theirs", **given))
    user = User.objects.create_user("adds", password="adds-pass-1", is_staff=True)
    user.user_permissions.add(
        Permission.objects.get(codename="add_model", content_type__app_label="services")
    )
    client.force_login(user)
    changed = model(echo, name="Theirs", **given) | {"title": "Stolen"}
    answer = client.post(f"{BOX}/add/", {"name": "", "json": json.dumps(changed)})
    assert answer.status_code == 403
    assert Model.objects.get(name="Theirs").title == "Theirs"
    assert ModelVersion.objects.count() == 1


@pytest.mark.parametrize(
    "text",
    [
        '{"id": [], "models": {}}',
        json.dumps({"name": "Deep", "steps": [{"id": "a", "tool": "x", "inputs": {
            "In": {"value": "@"}}}]}).replace('"@"', "[" * 400 + "]" * 400),
        json.dumps(model(step("a", "models.Theirs@" + "9" * 5000))),
        json.dumps(model(step("a", "samples.Echo", In_String="x" * 5_100_000))),
    ],
    ids=["no id", "deep", "version", "long"],
)  # fmt: skip
def test_json_out_of_all_bounds_is_refused_on_the_form(admin, text):
    answer = admin.post(f"{BOX}/add/", {"name": "", "json": text})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors


def test_numbers_of_versions_out_of_all_bounds_are_not_found(admin, row):
    many = "9" * 5000
    assert act(admin, row, f"restore:{many}").status_code == 404
    url = f"{BOX}/{row.pk}/export/?version={many}"
    assert admin.get(url).status_code == 200
