"""What the tests of result maps share: a square with a hole, its map, its pixels."""

from __future__ import annotations

import io
import json

import numpy as np
from PIL import Image

from services.catalog import bump
from services.models import TaskParameter
from tests.conftest import Rest

TASK = "/Maps/Echo/GPServer/Echo"


RED = {
    "renderer": {
        "type": "simple",
        "symbol": {
            "type": "esriSFS",
            "style": "esriSFSSolid",
            "color": [255, 0, 0, 255],
            "outline": None,
        },
    }
}


#: A square of 10 degrees with a hole of 2 in its middle.
SQUARE = json.dumps(
    {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 4326},
        "features": [
            {
                "attributes": {"name": "square", "size": 10},
                "geometry": {
                    "rings": [
                        [[0, 0], [0, 10], [10, 10], [10, 0], [0, 0]],
                        [[4, 4], [6, 4], [6, 6], [4, 6], [4, 4]],
                    ]
                },
            }
        ],
    }
)


def body_of(response) -> bytes:
    """Return the bytes of a response, streamed or not."""
    if not response.streaming:
        return response.content
    body = b"".join(response.streaming_content)
    response.close()
    return body


def pixels_of(response) -> np.ndarray:
    """Return the picture of a response, shape (height, width, 4)."""
    image = Image.open(io.BytesIO(body_of(response)))
    return np.asarray(image.convert("RGBA"))


def map_of(job: str) -> str:
    """Return the map's path, made as the clients make it."""
    base, _, rest = job.partition("/GPServer")
    return f"{base}/MapServer/jobs/{rest.rpartition('/')[2]}"


def paint(info=RED, name="Out_Features") -> None:
    """Give an output a symbology, as the administrator does."""
    row = TaskParameter.objects.get(name=name)
    row.drawing_info = info
    row.full_clean()
    row.save()
    bump(row.task.service_id)


def token_of(user) -> str:
    client = Rest().client
    answer = client.post(
        "/server/rest/generateToken",
        {"username": user.username, "password": "owner-pass-1", "f": "json"},
    )
    return answer.json()["token"]


def echo_job(rest: Rest, published) -> str:
    """Run a job whose results have a map; return its path."""
    published("samples.Echo", "Maps/Echo", sync=False, result_map_server=True)
    return rest.run_job(TASK, In_Features=SQUARE, In_Long=5)
