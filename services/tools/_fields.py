"""New fields of numbers, the units people choose for them, and fields of groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

import numpy as np
import pyarrow as pa

from services.geometry.columns import append, plain_ids
from services.geometry.features import FeatureSet, Field, as_column

Length = Literal["Meters", "Kilometers", "Feet", "Yards", "Miles", "NauticalMiles"]
Area = Literal[
    "SquareMeters", "Hectares", "SquareKilometers", "SquareFeet", "SquareYards",
    "Acres", "SquareMiles",
]  # fmt: skip


def with_fields(
    features: FeatureSet, columns: Iterable[tuple[Field, np.ndarray]]
) -> FeatureSet:
    """Return features with fields added at the end; those of the same name go.

    NaN becomes null.
    """
    columns = list(columns)
    kept = features.records.without_columns(field.name for field, _ in columns)
    table = append(kept, [(field, as_column(values)) for field, values in columns])
    return replace(features, fields=table.fields, attributes=table.attributes)


def grouped(
    features: FeatureSet,
    names: list[str],
    rows: np.ndarray,
    geometries: np.ndarray,
    kind: str = "esriGeometryPolygon",
) -> FeatureSet:
    """Return geometries with the values that the rows have in the fields named."""
    known = {field.name: field for field in plain_ids(features)}
    columns = {name: features.column(name).take(pa.array(rows)) for name in names}
    return FeatureSet.of(
        geometries,
        columns,
        fields=[known[name] for name in names],
        spatial_reference=features.spatial_reference,
        geometry_type=kind,
    )
