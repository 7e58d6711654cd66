"""Defect maps in and out: one table of formats, everything converted through `DefectMap`."""

from isp.io.maps.files import check_map_suffix, held, read_map, write_map
from isp.io.maps.formats import FORMATS, MapFormat, lost, map_format
from isp.io.maps.geometry import Geometry

__all__ = [
    "FORMATS",
    "Geometry",
    "MapFormat",
    "check_map_suffix",
    "held",
    "lost",
    "map_format",
    "read_map",
    "write_map",
]
