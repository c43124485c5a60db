"""What a run has used, against the clock of the process and against what it holds."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from jobs.child.spent import Meter
from jobs.models import Job
from tests.server import ROOT

MEGABYTES = 150
#: Prints the peak with much memory held, and that of a run that begins afterwards.
HOLD = f"""
from jobs.child.spent import Meter
meter = Meter()
held = bytearray(b"x") * ({MEGABYTES} * 2**20)
print(meter.spent()["peakMegabytes"])
del held
print(Meter().spent()["peakMegabytes"])
"""


def test_processor_time_is_that_of_the_process():
    meter, began = Meter(), time.process_time()
    while time.process_time() - began < 0.2:
        sum(range(1000))
    passed = time.process_time() - began
    assert meter.spent()["cpuSeconds"] == pytest.approx(passed, abs=0.03)


def test_the_peak_is_that_of_the_run_and_not_of_one_before():
    ended = subprocess.run([sys.executable, "-c", HOLD], cwd=ROOT, capture_output=True,
                           text=True, check=True, timeout=60)  # fmt: skip
    during, after = map(int, ended.stdout.split())
    assert MEGABYTES < during < MEGABYTES + 200
    assert after < during - MEGABYTES / 2


def test_a_job_keeps_what_it_has_used(published, rest):
    published("toys.TwoOutputs", sync=False)
    rest.run_job("/Toys/Service/GPServer/TwoOutputs")
    used = Job.objects.get().provenance["resources"]
    assert 0 <= used["cpuSeconds"] < 60
    assert used["peakMegabytes"] > 10
