"""The targets of the fuzzer with what Hypothesis thinks of: any bytes, bent seeds."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import TARGETS

MODULES = {name: import_module(f"tests.fuzz.{name}") for name in TARGETS}


@st.composite
def bent(draw: Any, seeds: list[bytes]) -> bytes:
    """A seed with a piece cut out, doubled, or put in another's place."""
    seed, other = draw(st.sampled_from(seeds)), draw(st.sampled_from(seeds))
    cuts = st.integers(0, len(seed))
    begin, end = sorted((draw(cuts), draw(cuts)))
    at = draw(st.integers(0, len(other)))
    filling = draw(st.one_of(
        st.just(b""), st.just(seed[begin:end] * 2), st.just(other[at : at + 40]),
        st.binary(max_size=8), st.text(max_size=8).map(lambda text: text.encode("utf-8", "replace")),
        st.sampled_from([b"'", b'"', b"(", b"[", b"{", b"\\", b"\0", b"--", b"/*", b"1e999"]),
    ))  # fmt: skip
    return seed[:begin] + filling + seed[end:]


@pytest.mark.parametrize("name", TARGETS)
def test_a_seed_is_a_value_or_refused(name):
    for seed in MODULES[name].SEEDS:
        MODULES[name].check(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_are_a_value_or_refused(name):
    module = MODULES[name]
    inputs = st.one_of(st.binary(max_size=200), bent(module.SEEDS), bent(module.SEEDS))

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(inputs)
    def check(data: bytes) -> None:
        module.check(data)

    check()
