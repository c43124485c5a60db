"""Every address of the portal, asked by every kind of caller: who gets what.

The table is in surfaces.py; an address that is not in it fails here.
"""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import get_resolver, path, resolve

from portal.adminrest.urls import urlpatterns as administrator_urls
from services.anycase import below, resource
from tests.portal.adminrest.test_access import URLS
from tests.portal.callers import Callers, Site, outcome
from tests.portal.surfaces import (
    ADMIN,
    ADMINISTRATOR_API,
    HIDDEN,
    KINDS,
    RULES,
    Surface,
    rule_of,
    walked,
    without_rule,
)

ALL = dict(walked(get_resolver().url_patterns))
STAFF = sorted({route for name, route in ALL.items()
                if name.startswith(f"{ADMIN}:") and name not in RULES})  # fmt: skip


@pytest.fixture
def callers(owner, stranger, django_user_model):
    return Callers(owner, stranger, django_user_model.objects.create_user("member"))


@pytest.fixture
def site(published, owner, stranger, django_user_model):
    return Site(
        published, owner, stranger, django_user_model.objects.create_user("member")
    )


@pytest.mark.parametrize("name", RULES)
def test_each_caller_gets_what_the_rule_says(site, name):
    surface = RULES[name]
    rule = KINDS[surface.kind]
    assert {caller: outcome(site.ask(surface, caller)) for caller in rule} == rule


@pytest.mark.parametrize("name", URLS)
def test_the_administrator_api_is_for_administrators(callers, name):
    method, tail, _ = URLS[name]
    surface = Surface("administrators", f"/server/admin{tail}", method)
    rule = KINDS[surface.kind]
    assert {caller: outcome(callers.ask(surface, caller)) for caller in rule} == rule


@pytest.mark.parametrize("route", STAFF)
def test_django_s_admin_is_for_staff(callers, route):
    # A pattern's own text is no address: Django's for apps and for all else.
    route = re.sub(r"\^?\(\?P<app_label>.*\)/\$", "jobs/", route)
    route = re.sub(r"\(\?P<url>\.\*\)\$", "anything", route)
    surface = Surface("staff", "/" + re.sub("<[^>]*>", "1", route))
    rule = KINDS[surface.kind]
    assert {caller: outcome(callers.ask(surface, caller)) for caller in rule} == rule


# --- What is there is all in the table ------------------------------------------------


def test_every_address_has_a_rule():
    assert without_rule(get_resolver().url_patterns) == []


def test_every_rule_has_an_address_that_it_is_about():
    assert set(RULES) <= set(ALL)
    for name, surface in RULES.items():
        example = surface.path.partition("?")[0].format(
            job="j" + "0" * 32,
            raster="j" + "0" * 32,
            item="i1",
            hosted="Lakes",
            share="0",
        )
        assert resolve(example).url_name == name.removeprefix(f"{ADMIN}:")


def test_the_administrator_api_is_all_in_its_table():
    names = {one.name.removeprefix(ADMINISTRATOR_API) for one in administrator_urls}
    assert names == set(URLS)


@pytest.mark.parametrize(
    "added",
    [
        path("new/", Client, name="new"),
        path("unnamed/", Client),
        path("server/rest/other", Client, name="service"),
        path("elsewhere/", Client, name="admin-elsewhere"),
        below("server", [resource("rest/new", Client, "new-resource")]),
        below("server", [resource("rest/unnamed", Client)]),
    ],
    ids=[
        "page",
        "no name",
        "name taken",
        "false name",
        "resource",
        "resource, no name",
    ],
)
def test_an_address_without_a_rule_is_found(added):
    patterns = [*get_resolver().url_patterns, added]
    (found,) = without_rule(patterns)
    assert found in [route for _, route in walked([added])]


def test_a_rule_of_the_admin_reaches_no_further():
    assert rule_of("admin:new", "admin/new/").kind == "staff"
    assert rule_of("admin:new", "elsewhere/new/") is None


# --- No difference between not there and not yours ------------------------------------

BELOW_SERVICE = [name for name, one in RULES.items() if "Secret/" in one.path]


@pytest.mark.parametrize("name", BELOW_SERVICE)
@pytest.mark.parametrize("caller", ["none", "stranger"])
def test_what_is_hidden_answers_as_what_is_not_there(site, name, caller):
    surface = RULES[name]
    absent = Surface(surface.kind, surface.path.replace("Secret/", "Absent/"),
                     surface.method, surface.form)  # fmt: skip
    hidden, missing = site.ask(surface, caller), site.ask(absent, caller)
    assert hidden.status_code == missing.status_code
    assert hidden.content.replace(b"Secret", b"Absent") == missing.content


@pytest.mark.parametrize("tail", ["", "/layers", "/0", "/0/query"])
@pytest.mark.parametrize("caller", ["none", "stranger", "member"])
def test_a_hidden_feature_service_answers_as_one_that_is_not_there(site, tail, caller):
    base = f"/server/rest/services/Hosted/{{}}/FeatureServer{tail}"
    hidden = site.ask(Surface("hosted", base.format(site.hosted)), caller).json()
    missing = site.ask(Surface("hosted", base.format("Absent")), caller).json()
    told = repr(hidden).replace(site.hosted.lower(), "absent")
    assert told == repr(missing)


def test_a_hidden_folder_answers_as_one_that_is_not_there(site):
    for caller in ("none", "stranger"):
        hidden, missing = (site.ask(Surface("folder", f"/server/rest/services/{name}"), caller)
                           for name in ("Secret", "Absent"))  # fmt: skip
        assert hidden.content.replace(b"Secret", b"Absent") == missing.content


@pytest.mark.parametrize("caller", ["none", "stranger"])
@pytest.mark.parametrize("wanted", ["json", "html", "sitemap"])
def test_nothing_of_what_is_hidden_is_in_the_catalogue(site, caller, wanted):
    assert site.hosted
    surface = Surface("for all", "/server/rest/services", form={"f": wanted})
    content = site.ask(surface, caller).content.decode()
    assert "Secret" not in content
    assert site.hosted not in content


def test_what_is_hidden_is_in_the_catalogue_of_members(site):
    surface = Surface("for all", "/server/rest/services")
    assert site.ask(surface, "member").json()["folders"] == ["Secret"]
    assert site.hosted in site.ask(
        Surface("folder", "/server/rest/services/Hosted"), "owner"
    ).content.decode()  # fmt: skip


def test_a_portal_without_hidden_services_keeps_to_the_404_of_the_protocol(
    rest, published
):
    published("toys.TwoOutputs", "Toys/Closed", access="signed_in")
    assert rest.get("/Toys/Closed/GPServer")["error"]["code"] == 499
    assert rest.get("/Toys/Absent/GPServer")["error"]["code"] == HIDDEN
