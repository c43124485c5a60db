"""Requests a minute: counted by address and by user, and told with a time to wait."""

from __future__ import annotations

import pickle
import time

import pytest
from django.core.cache import cache

from portal import rates, tokens
from tests.conftest import ROOT, Rest

PATH = f"{ROOT}/Toys/Service/GPServer"
ASYNC = "/Toys/Async/GPServer/TwoOutputs"


@pytest.fixture(autouse=True)
def one_minute(monkeypatch):
    """An empty cache, and a clock that stands at 12 seconds of a minute."""
    cache.clear()
    monkeypatch.setattr(time, "time", lambda: 1_800_000_012.0)
    yield
    cache.clear()


def codes(client, count, **form):
    answers = [client.get(PATH, {"f": "json"} | form) for _ in range(count)]
    return [one.json().get("error", {}).get("code", 0) for one in answers]


def test_nothing_is_limited_by_default(client, published):
    published("toys.TwoOutputs")
    assert codes(client, 50) == [0] * 50


def test_an_address_that_asks_too_often_is_told_when_to_come_back(
    client, published, settings, monkeypatch
):
    published("toys.TwoOutputs")
    settings.REQUESTS_PER_ADDRESS = 3
    assert codes(client, 5) == [0, 0, 0, 429, 429]
    answer = client.get(PATH, {"f": "json"})
    assert answer.status_code == 200
    assert answer["Retry-After"] == "48"
    assert answer.json()["error"]["message"] == (
        "Too many requests: your address may send 3 a minute; try again in 48 seconds."
    )
    assert client.get(PATH, {"f": "html"}).status_code == 429
    assert client.get(PATH, {"f": "json"}, REMOTE_ADDR="192.0.2.9").json()["tasks"]
    monkeypatch.setattr(time, "time", lambda: 1_800_000_061.0)
    assert codes(client, 1) == [0]


def test_a_wrong_token_is_counted_too(client, published, settings):
    published("toys.TwoOutputs")
    settings.REQUESTS_PER_ADDRESS = 3
    assert codes(client, 5, token="guess") == [498, 498, 498, 429, 429]


def test_asking_for_tokens_is_counted(client, owner, settings):
    settings.REQUESTS_PER_ADDRESS = 1
    form = {"username": "owner", "password": "owner-pass-1", "f": "json"}
    url = ROOT.replace("services", "generateToken")
    assert "token" in client.post(url, form).json()
    assert client.post(url, form).json()["error"]["code"] == 429


def test_a_user_is_counted_over_all_tokens_and_addresses(
    client, published, owner, stranger, settings
):
    published("toys.TwoOutputs")
    settings.REQUESTS_PER_USER = 2
    mine = [tokens.issue(owner, 5)[0], tokens.make_key(owner, "k", 1)[0]]
    assert codes(client, 1, token=mine[0]) == [0]
    assert codes(client, 2, token=mine[1]) == [0, 429]
    assert codes(client, 1, token=tokens.issue(stranger, 5)[0]) == [0]
    assert codes(client, 3) == [0, 0, 0]


def test_asking_for_the_state_of_a_job_is_not_hindered(published, settings):
    published("toys.TwoOutputs", "Toys/Async", sync=False)
    rest = Rest()
    job = rest.run_job(ASYNC)
    settings.REQUESTS_PER_ADDRESS = 1
    rest.get("/Toys/Async/GPServer")
    for _ in range(5):
        assert rest.get(job)["jobStatus"] == "esriJobSucceeded"
        assert "messages" in rest.get(f"{job}/messages")
    assert rest.get("/Toys/Async/GPServer")["error"]["code"] == 429
    assert rest.get(job)["error"]["code"] == 429  # ten times as many, no more


def test_the_address_of_one_who_pays_attention_to_health_is_not_counted(
    client, db, settings
):
    settings.REQUESTS_PER_ADDRESS = 1
    url = ROOT.replace("services", "info/healthcheck")
    for _ in range(3):
        assert client.get(url, {"f": "json"}).json()["success"]


def test_counting_writes_nothing_to_the_database(
    client, published, settings, django_assert_num_queries
):
    published("toys.TwoOutputs")
    client.get(PATH, {"f": "json"})
    settings.REQUESTS_PER_ADDRESS = settings.REQUESTS_PER_USER = 100
    with django_assert_num_queries(1):  # the service
        client.get(PATH, {"f": "json"})


def test_a_redis_that_is_away_lets_everybody_pass(client, published, settings):
    published("toys.TwoOutputs")
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    settings.REQUESTS_PER_ADDRESS = 1
    assert codes(client, 3) == [0, 0, 0]


def test_what_comes_from_redis_is_never_a_pickle():
    serializer = rates.JsonSerializer()
    for value in (7, {"a": [1, None]}, "x"):
        stored = serializer.dumps(value)
        data = stored if isinstance(stored, bytes) else str(stored).encode()
        assert serializer.loads(data) == value
    with pytest.raises(ValueError):
        serializer.loads(pickle.dumps({"a": 1}))
