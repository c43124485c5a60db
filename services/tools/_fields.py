"""New fields of numbers, and the units people choose for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

import numpy as np

from services.geometry.columns import append
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
