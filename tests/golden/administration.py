"""The documents of section 10: state, statistics and jobs of a service, replies.

Written from the reference (the numbers are its sections), never from our answers.
"""

from __future__ import annotations

from tests.golden.checker import ANY, BOOLEAN, INTEGER, NULL, TEXT, Named, Text, one_of
from tests.golden.tables import JOB_ID, STATUS, URL

# 10.3
SUCCESS = {"status": one_of("success")}
REFUSED = {"status": one_of("error"), "messages": [Text(r"(?s).+")], "code": INTEGER}
STATE = one_of("STARTED", "STOPPED")
SERVICE_STATUS = {"configuredState": STATE, "realTimeState": STATE}
SUMMARY = {
    "folderName": TEXT,
    "serviceName": TEXT,
    "type": one_of("GPServer"),
    "startTime": TEXT,
    "max": INTEGER,
    "busy": INTEGER,
    "free": INTEGER,
    "initializing": INTEGER,
    "notCreated": INTEGER,
    "transactions": INTEGER,
    "totalBusyTime": INTEGER,
    "isStatisticsAvailable": BOOLEAN,
}
STATISTICS = {"summary": SUMMARY, "perMachine": [SUMMARY | {"machineName": TEXT}]}
ITEM_INFO = {
    "culture": TEXT,
    "name": TEXT,
    "?guid": (TEXT, NULL),
    "?catalogPath": (TEXT, NULL),
    "snippet": TEXT,
    "description": TEXT,
    "summary": TEXT,
    "title": TEXT,
    "tags": [TEXT],
    "type": TEXT,
    "typeKeywords": [TEXT],
    "thumbnail": TEXT,
    "?url": TEXT,
    "?extent": ANY,
    "?spatialReference": TEXT,
    "accessInformation": TEXT,
    "licenseInfo": TEXT,
}

# 10.4
JOBS = {"resources": [one_of("statistics")]}
JOB = {
    "jobID": JOB_ID,
    "submittedTime": INTEGER,
    "endTime": (INTEGER, NULL),
    "status": STATUS,
    "username": (TEXT, NULL),
    "machinename": (TEXT, NULL),
    "url": URL,
    "?taskName": TEXT,  # this and the next the portal adds
    "?startTime": (INTEGER, NULL),
}
JOBS_FOUND = {
    "results": Named(JOB),
    "nextStart": INTEGER,
    "?start": INTEGER,
    "?num": INTEGER,
    "?total": INTEGER,
}
