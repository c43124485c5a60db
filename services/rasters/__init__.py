"""Rasters: grids of numbers on the map, from files and as Cloud Optimised GeoTIFFs.

GDAL, by rasterio, is loaded where a raster is read or written and nowhere else: in
child processes, by the modules ``gdal``, ``storing`` and ``window``.
"""
