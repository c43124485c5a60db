"""Esri's FeatureCollectionPBuffer as protobuf classes, to read what we wrote.

Names, numbers and types are those of FeatureCollection.proto in
github.com/Esri/arcgis-pbf (August 2024), as far as a feature result has them.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PROTO = descriptor_pb2.FieldDescriptorProto
_TYPES = {
    "string": _PROTO.TYPE_STRING,
    "float": _PROTO.TYPE_FLOAT,
    "double": _PROTO.TYPE_DOUBLE,
    "sint32": _PROTO.TYPE_SINT32,
    "sint64": _PROTO.TYPE_SINT64,
    "uint32": _PROTO.TYPE_UINT32,
    "uint64": _PROTO.TYPE_UINT64,
    "int64": _PROTO.TYPE_INT64,
    "bool": _PROTO.TYPE_BOOL,
}
#: Message -> "name type number", a * before repeated ones. Enumerations, which are
#: numbers on the wire, stand as uint32.
_MESSAGES = {
    "SpatialReference": "wkid uint32 1, lastestWkid uint32 2, vcsWkid uint32 3,"
    " latestVcsWkid uint32 4, wkt string 5, wkt2 string 6",
    "Field": "name string 1, fieldType uint32 2, alias string 3, sqlType uint32 4,"
    " domain string 5, defaultValue string 6",
    "Value": "string_value string 1, float_value float 2, double_value double 3,"
    " sint_value sint32 4, uint_value uint32 5, int64_value int64 6,"
    " uint64_value uint64 7, sint64_value sint64 8, bool_value bool 9",
    "Geometry": "geometryType uint32 1, *lengths uint32 2, *coords sint64 3",
    "Feature": "*attributes Value 1, geometry Geometry 2, centroid Geometry 4",
    "UniqueIdField": "name string 1, isSystemMaintained bool 2",
    "Scale": "xScale double 1, yScale double 2, mScale double 3, zScale double 4",
    "Translate": "xTranslate double 1, yTranslate double 2, mTranslate double 3,"
    " zTranslate double 4",
    "Transform": "quantizeOriginPostion uint32 1, scale Scale 2, translate Translate 3",
    "FeatureResult": "objectIdFieldName string 1, uniqueIdField UniqueIdField 2,"
    " globalIdFieldName string 3, geohashFieldName string 4, geometryType uint32 7,"
    " spatialReference SpatialReference 8, exceededTransferLimit bool 9, hasZ bool 10,"
    " hasM bool 11, transform Transform 12, *fields Field 13, *values Value 14,"
    " *features Feature 15",
    "QueryResult": "featureResult FeatureResult 1",
    "FeatureCollectionPBuffer": "version string 1, queryResult QueryResult 2",
}


def _class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(
        name="esri.proto", package="esriPBuffer", syntax="proto3"
    )
    for message, fields in _MESSAGES.items():
        made = file.message_type.add(name=message)
        if message == "Value":
            made.oneof_decl.add(name="value_type")
        for text in fields.split(", "):
            name, kind, number = text.split()
            field = made.field.add(name=name.lstrip("*"), number=int(number))
            field.label = (
                _PROTO.LABEL_REPEATED if name[0] == "*" else _PROTO.LABEL_OPTIONAL
            )
            if kind in _TYPES:
                field.type = _TYPES[kind]
            else:
                field.type = _PROTO.TYPE_MESSAGE
                field.type_name = f".esriPBuffer.{kind}"
            if message == "Value":
                field.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = pool.FindMessageTypeByName("esriPBuffer.FeatureCollectionPBuffer")
    return message_factory.GetMessageClass(found)


_PBUFFER = _class()


def feature_result(body: bytes) -> Any:
    """Return the FeatureResult message of an answer."""
    return _PBUFFER.FromString(body).queryResult.featureResult


def value(message: Any) -> Any:
    """Return what a Value message holds; None if it holds nothing."""
    kind = message.WhichOneof("value_type")
    return getattr(message, kind) if kind else None


def parts(result: Any, feature: Any) -> list[list[tuple[float, ...]]]:
    """Return the parts of a feature's geometry in map units.

    x and y are steps from the vertex before, from the origin in the upper left for
    the first of a part; z and m count from their own zero.
    """
    width = 2 + result.hasZ + result.hasM
    flat = list(feature.geometry.coords)
    rows = [flat[at : at + width] for at in range(0, len(flat), width)]
    scale, origin = result.transform.scale, result.transform.translate
    heights = [scale.zScale] * result.hasZ + [scale.mScale] * result.hasM
    found = []
    for length in feature.geometry.lengths or [len(rows)]:
        x = y = 0
        part = []
        for row in rows[:length]:
            x, y = x + row[0], y + row[1]
            extra = [n * step for n, step in zip(row[2:], heights, strict=True)]
            part.append((
                origin.xTranslate + x * scale.xScale,
                origin.yTranslate - y * scale.yScale,
                *extra,
            ))  # fmt: skip
        found.append(part)
        rows = rows[length:]
    return found
