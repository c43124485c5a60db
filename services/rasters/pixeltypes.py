"""Pixel types by their names in image services, and the numbers they hold."""

from __future__ import annotations

import numpy as np

from services.errors import InvalidValue

#: Source: developers.arcgis.com, "Export image", pixelType; fewer bits than eight are
#: not written here.
PIXEL_TYPES: dict[str, np.dtype] = {
    "U8": np.dtype("uint8"),
    "S8": np.dtype("int8"),
    "U16": np.dtype("uint16"),
    "S16": np.dtype("int16"),
    "U32": np.dtype("uint32"),
    "S32": np.dtype("int32"),
    "F32": np.dtype("float32"),
    "F64": np.dtype("float64"),
}
_NAMES = {dtype: name for name, dtype in PIXEL_TYPES.items()}


def pixel_type_of(dtype: np.dtype) -> str:
    """Return the name of a type of ``PIXEL_TYPES``, such as ``F32``."""
    return _NAMES[np.dtype(dtype)]


def stored_type(values: np.ndarray) -> np.dtype:
    """Return the pixel type that holds numbers of an array, in as few bits as its own.

    Whole numbers of 64 bits become 32 if they fit. Raises ValueError for what are no
    real numbers.
    """
    dtype = values.dtype
    if dtype in _NAMES:
        return dtype
    if dtype.kind == "b":
        return PIXEL_TYPES["U8"]
    if dtype == np.float16:
        return PIXEL_TYPES["F32"]
    if dtype.kind in "iu":
        return _narrow(values)
    if dtype.kind == "f":
        return PIXEL_TYPES["F64"]
    raise ValueError(f"a raster holds numbers, not {dtype}")


def _narrow(values: np.ndarray) -> np.dtype:
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    for name in ("S32", "U32"):
        limits = np.iinfo(PIXEL_TYPES[name])
        if limits.min <= low and high <= limits.max:
            return PIXEL_TYPES[name]
    return PIXEL_TYPES["F64"]


def parse_pixel_type(text: str) -> np.dtype | None:
    """Read a pixel type; None for UNKNOWN, the raster's own. Raises InvalidValue."""
    name = text.strip().upper()
    if name in ("UNKNOWN", ""):
        return None
    if name not in PIXEL_TYPES:
        raise InvalidValue(
            f"expected one of {', '.join(PIXEL_TYPES)} or UNKNOWN, not {text[:20]!r}"
        )
    return PIXEL_TYPES[name]


def fits(value: float, dtype: np.dtype) -> bool:
    """Tell if a pixel of a type can have a value."""
    if dtype.kind == "f":
        return True
    limits = np.iinfo(dtype)
    return float(value).is_integer() and limits.min <= value <= limits.max


def converted(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return values as a pixel type: rounded if it is whole, cut at its ends."""
    if dtype == values.dtype:
        return values
    if dtype.kind == "f":
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    numbers = np.nan_to_num(values.astype(np.float64), nan=0.0)
    return np.clip(np.rint(numbers), limits.min, limits.max).astype(dtype)
