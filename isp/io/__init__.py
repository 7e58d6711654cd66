"""Raw files, pictures and defect maps in and out; formats are rows of tables, one module a family."""

from isp.io.frames import read
from isp.io.hints import ReadHints
from isp.io.maps import read_map, write_map
from isp.io.output import write
from isp.io.photograph import read_photograph

__all__ = ["ReadHints", "read", "read_map", "read_photograph", "write", "write_map"]
