"""The page of tool packages: what is installed, what is broken, and publishing."""

from __future__ import annotations

import sys

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from portal.roles import PUBLISHER
from services import registry
from services.models import Folder, Service, Task
from services.samples import load_samples
from tests.services.test_toolpackages import TOOL

PAGE = "/admin/tool-packages/"


@pytest.fixture(autouse=True)
def packages(tmp_path, monkeypatch):
    """A folder with a package that works and one that does not."""
    monkeypatch.setenv("CAIRN_TOOL_FOLDER", str(tmp_path))
    (tmp_path / "maths.py").write_text(TOOL.format(name="double"))
    (tmp_path / "broken.py").write_text("\nimport nothing_of_this_name\n")
    registry.installation.cache_clear()
    yield tmp_path
    registry.installation.cache_clear()
    for name in [one for one in sys.modules if one.startswith("cairn_tool_folder")]:
        del sys.modules[name]


@pytest.fixture
def publisher(db):
    """A publisher with one folder of their own."""
    from django.contrib.auth.models import User

    user = User.objects.create_user("pub", password="pub-pass-1", is_staff=True)
    user.groups.add(Group.objects.get(name=PUBLISHER))
    Folder.objects.create(name="Theirs").owners.add(user)
    client = Client()
    client.force_login(user)
    return client


def publish(client, *tools, **fields):
    form = {"execution_type": Service.Execution.SYNCHRONOUS, "access": "everyone"}
    return client.post(PAGE, form | {"tools": tools} | fields, follow=True)


def errors(response):
    return {
        name: list(texts) for name, texts in response.context["form"].errors.items()
    }


def test_the_page_shows_tools_versions_and_errors_with_file_and_line(
    admin_client, packages
):
    page = admin_client.get(PAGE).content.decode()
    assert "maths.Double" in page
    assert "proximity.Buffer" in page
    assert f"{packages / 'broken.py'}</code>, line 2" in page
    assert (
        "ModuleNotFoundError: No module named &#x27;nothing_of_this_name&#x27;" in page
    )
    assert PAGE in admin_client.get("/admin/").content.decode()


def test_tools_are_published_in_a_new_service_and_run(admin_client, rest):
    response = publish(admin_client, "maths.Double", "samples.Echo", name="Mine")
    assert "2 tasks published" in response.content.decode()
    service = Service.objects.get(name="Mine")
    assert [one.tool_id for one in service.tasks.all()] == [
        "maths.Double",
        "samples.Echo",
    ]
    document = rest.get("/Mine/GPServer/Double")
    assert [one["name"] for one in document["parameters"]] == ["Number", "Output"]


def test_tools_are_published_in_a_service_that_is_there_once(admin_client, published):
    service = published("samples.Echo", "Toys/Echo")
    response = publish(admin_client, "samples.Echo", "maths.Double", service=service.pk)
    text = response.content.decode()
    assert "1 task published" in text
    assert "1 task had been there before" in text


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({}, "name", "Give the service a name"),
        ({"name": "a/b"}, "name", "letters"),
        ({"name": "Taken"}, "name", "There is a service of this name"),
        ({"name": "New", "tools": []}, "tools", "at least one"),
        ({"name": "New", "tools": ["gone.Tool"]}, "tools", "gone.Tool is not one"),
        (
            {"name": "New", "tools": ["samples.Buffer", "proximity.Buffer"]},
            "tools",
            "Two of",
        ),
    ],
)
def test_what_cannot_be_published_is_refused_beside_its_field(
    admin_client, fields, field, says
):
    Service.objects.create(name="taken")
    response = publish(admin_client, *fields.pop("tools", ["maths.Double"]), **fields)
    assert says in " ".join(errors(response)[field])
    assert Task.objects.count() == 0


def test_a_task_of_another_tool_is_not_taken_over(admin_client, published):
    service = published("samples.Buffer", "Toys/Buffer")
    response = publish(admin_client, "proximity.Buffer", service=service.pk)
    assert "a task Buffer of another tool" in errors(response)["tools"][0]


def test_a_publisher_publishes_in_own_folders_alone(publisher):
    other = Service.objects.create(name="NotTheirs")
    assert "service" in errors(publish(publisher, "maths.Double", service=other.pk))
    assert "folder" in errors(publish(publisher, "maths.Double", name="New"))
    folder = Folder.objects.get(name="Theirs")
    publish(publisher, "maths.Double", name="New", folder=folder.pk)
    assert Service.objects.get(name="New").tasks.count() == 1


def test_who_does_not_publish_has_no_page(db):
    from django.contrib.auth.models import User

    client = Client()
    client.force_login(User.objects.create_user("aide", password="x", is_staff=True))
    assert client.get(PAGE).status_code == 403


def test_a_task_of_a_broken_package_says_so_to_clients_and_in_the_admin(
    admin_client, published, rest
):
    task = published("samples.Sleep", "Toys/Flow").tasks.get()
    task.tool_id = "broken.Flow"
    task.save()
    error = rest.get("/Toys/Flow/GPServer/Sleep")["error"]
    reason = "the tool broken.Flow cannot be used: its package broken is broken"
    assert error["message"] == f"task 'Sleep' cannot be run: {reason}"
    assert rest.post("/Toys/Flow/GPServer/Sleep/execute")["error"] == error
    assert rest.get("/Toys/Flow/GPServer")["tasks"] == []
    assert reason[1:] in admin_client.get("/admin/services/task/").content.decode()
    assert "Toys/Flow/Sleep" in admin_client.get(PAGE).content.decode()


def test_a_model_is_no_tool_that_is_gone(admin_client, db):
    load_samples("Samples/Models")
    assert Task.objects.filter(tool_id__startswith="models.").exists()
    page = admin_client.get(PAGE)
    assert page.context["unusable"] == []
