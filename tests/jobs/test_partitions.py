"""Runs in parts: their processes answer as one, and end with the run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_RUNS = """
import pathlib, time
import django; django.setup()
import orjson
from jobs.child.call import Call, Limits
from jobs.processes.runner import close_all, runner
from services.errors import Cancelled, GPError
from services.registry import installed

def members(pid):
    "Return the processes in the group that a process leads."
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == pid and fields[0] != "Z":
            found.append(int(path.name))
    return found

def is_alive(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"

def call(count, **limits):
    places = [{"geometry": {"paths": [[[at % 170, at % 80], [at % 170, at % 80 + 0.01]]]}}
              for at in range(count)]
    text = orjson.dumps({"geometryType": "esriGeometryPolyline",
        "spatialReference": {"wkid": 4326}, "features": places}).decode()
    schema = orjson.dumps(installed("proximity.Buffer").schema.to_json())
    limits = {"max_features": 10**6, "max_vertices": 10**8, "maximum_records": 10**6} | limits
    return Call("execute", "proximity.Buffer", schema,
        {"Input_Features": text, "Distance": "1 Kilometers"}, folder="run",
        answer="answer", limits=Limits(**limits))

reply = runner(1).run(call(3000))
body = reply.body or pathlib.Path(reply.path).read_bytes()
print(len(orjson.loads(body)["results"][0]["value"]["features"]), reply.is_last)
left = runner(1).pids
print(left and members(left[0]) == left)

seen = []
def tick():
    groups = [members(pid) for pid in runner(1).pids]
    seen[:] = [one for group in groups for one in group if len(group) > 2]
    return bool(seen)
try:
    runner(1).run(call(60_000), tick=tick)
except Cancelled:
    deadline = time.monotonic() + 10
    while any(map(is_alive, seen)) and time.monotonic() < deadline:
        time.sleep(0.02)
    print(len(seen), [pid for pid in seen if is_alive(pid)])

try:
    runner(1).run(call(60_000, memory_mb=60))
except GPError as exc:
    print(type(exc).__name__, exc)
close_all()
"""


def test_a_run_in_parts_ends_with_all_its_processes(tmp_path):
    root = Path(__file__).resolve().parents[2]
    variables = {
        "PYTHONPATH": str(root), "DJANGO_SETTINGS_MODULE": "tests.settings",
        "CAIRN_PARTITION_FEATURES": "100", "CAIRN_PARTITION_PROCESSES": "2",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", _RUNS], cwd=tmp_path, text=True,
                          env=os.environ | variables, capture_output=True, timeout=120,
                          check=False)  # fmt: skip
    assert done.stdout.splitlines() == [
        "3000 False",  # all features; its process can be used again
        "True",  # which has no others left
        "3 []",  # the run and its two; none lives after a cancel
        "LimitExceeded the run needed more memory than its limit of 60 MB",
    ], done.stderr
