"""What is asked of a layer, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.geometry.crs import SpatialReference
from services.query.statistics import Statistic
from services.query.timespan import Span

#: The relation that ``relationParam`` describes.
BY_MATRIX = "esriSpatialRelRelation"


@dataclass(frozen=True, slots=True)
class Order:
    """A field to sort by."""

    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Quantization:
    """The grid that a client wants coordinates on: its step, and where it begins.

    ``extent`` is (xmin, ymin, xmax, ymax), None for that of the layer.
    """

    tolerance: float | None = None
    extent: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a layer."""

    where: str = ""
    object_ids: np.ndarray | None = None
    geometry: str = ""
    geometry_type: str = "esriGeometryEnvelope"
    in_sr: SpatialReference | None = None
    relation: str = "esriSpatialRelIntersects"
    matrix: str = ""
    metres: float = 0.0
    time: Span | None = None
    out_fields: tuple[str, ...] = ()
    with_geometry: bool = True
    out_sr: SpatialReference | None = None
    order: tuple[Order, ...] = ()
    groups: tuple[str, ...] = ()
    statistics: tuple[Statistic, ...] = ()
    having: str = ""
    distinct: bool = False
    offset: int = 0
    count: int | None = None
    factor: int = 1
    count_only: bool = False
    ids_only: bool = False
    extent_only: bool = False
    max_offset: float = 0.0
    precision: int | None = None
    quantization: Quantization | None = None
    with_z: bool = False
    with_m: bool = False
