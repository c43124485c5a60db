"""The documents of an image service."""

from __future__ import annotations

from typing import Any

from jobs.child.image_options import TIFF
from jobs.maps.documents import extent_document
from jobs.maps.layers import MapLayer
from services.catalog import PublishedService
from services.documents import CURRENT_VERSION
from services.drawing.files import FORMATS, PictureFormat
from services.drawing.options import MAX_SIZE
from services.imagery.rules import FUNCTIONS
from services.prose import cleaned
from services.rasters.description import RasterDescription
from services.rasters.pixeltypes import PIXEL_TYPES

_HELP = {
    "None": "The pixels as they are.",
    "Stretch": "Spreads numbers over 0 to 255.",
    "Colormap": "A colour for each number, or a ramp.",
    "Hillshade": "Light from the side on heights.",
    "ShadedRelief": "Colours of heights in the light of a hillshade.",
    "Remap": "Other numbers for ranges of numbers.",
    "ExtractBand": "Some of the bands.",
}


#: What is the same for all of them: there is one raster, and no catalogue of some.
_SAME: dict[str, Any] = {
    "currentVersion": CURRENT_VERSION,
    "minPixelSize": 0,
    "maxPixelSize": 0,
    "copyrightText": "",
    "objectIdField": "",
    "fields": [],
    "capabilities": "Image,Metadata",
    "defaultMosaicMethod": "None",
    "allowedMosaicMethods": "None",
    "sortField": "",
    "sortValue": None,
    "sortAscending": True,
    "mosaicOperator": "First",
    "defaultCompressionQuality": 90,
    "defaultResamplingMethod": "Nearest",
    "maxImageHeight": MAX_SIZE,
    "maxImageWidth": MAX_SIZE,
    "maxRecordCount": 0,
    "maxDownloadImageCount": 0,
    "allowRasterFunction": True,
    "allowComputeTiePoints": False,
    "rasterTypeInfos": [],
    "mensurationCapabilities": "",
    "hasHistograms": True,
    "hasColormap": False,
    "hasRasterAttributeTable": False,
    "hasMultidimensions": False,
    "minScale": 0,
    "maxScale": 0,
    "exportTilesAllowed": False,
    "supportsStatistics": False,
    "supportsAdvancedQueries": False,
    "useStandardizedQueries": True,
    "singleFusedMapCache": False,
    "cacheType": None,
    "datasetFormat": "TIFF",
    "ownershipBasedAccessControlForRasters": None,
}


def image_document(service: PublishedService, layer: MapLayer) -> dict[str, Any]:
    """Return the image service resource of a raster."""
    about = raster_of(layer)
    across, down = about.cell_size
    extent = extent_document(about.extent)
    numbers = about.statistics
    text = cleaned(service.row.description)
    return _SAME | {
        "serviceDescription": text,
        "name": layer.name,
        "description": text,
        "extent": extent,
        "initialExtent": extent,
        "fullExtent": extent,
        "spatialReference": about.spatial_reference.to_json(),
        "pixelSizeX": across,
        "pixelSizeY": down,
        "bandCount": len(about.bands),
        "bandNames": list(about.bands),
        "pixelType": about.pixel_type,
        "serviceDataType": _data_type(about),
        "minValues": [one.minimum for one in numbers],
        "maxValues": [one.maximum for one in numbers],
        "meanValues": [one.mean for one in numbers],
        "stdvValues": [one.deviation for one in numbers],
        "noDataValue": about.nodata_document,
        **functions_document(),
    }


def raster_of(layer: MapLayer) -> RasterDescription:
    """Return what is known of the raster of a layer that is one."""
    if layer.raster is None:
        raise ValueError("the layer holds no raster")
    return layer.raster


def _data_type(about: RasterDescription) -> str:
    is_color = len(about.bands) == 3 and about.pixel_type == "U8"
    return f"esriImageServiceDataType{'RGB' if is_color else 'Generic'}"


def functions_document() -> dict[str, Any]:
    """Return the functions that a rendering rule may name."""
    return {
        "rasterFunctionInfos": [
            {"name": one, "description": _HELP[one], "help": ""} for one in FUNCTIONS
        ]
    }


def statistics_document(about: RasterDescription) -> dict[str, Any]:
    """Return the statistics of the bands."""
    return {"statistics": [one.to_json() for one in about.statistics]}


def properties_document(about: RasterDescription) -> dict[str, Any]:
    """Return the key properties: the names of the bands, and their numbers."""
    bits = 8 * PIXEL_TYPES[about.pixel_type].itemsize
    return {
        "BandProperties": [{"BandName": one} for one in about.bands],
        "BitDepth": bits,
        "DataType": "Generic",
    }


def file_format(name: str) -> PictureFormat:
    """Return media type and extension of a format of exportImage.

    Of ``jpgpng`` those of PNG: what it becomes is known once it is drawn.
    """
    if name == TIFF:
        return PictureFormat("TIFF", "image/tiff", "tif")
    return FORMATS.get(name, FORMATS["png"])
