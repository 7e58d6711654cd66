"""Defect maps in and out: one table of formats, everything converted through `DefectMap`."""

from isp.io.maps.geometry import Geometry
from isp.io.maps.table import FORMATS, MapFormat, lost, map_format, read_map, write_map

__all__ = ["FORMATS", "Geometry", "MapFormat", "lost", "map_format", "read_map", "write_map"]
