"""One decorator for all kernels: compiled without the GIL, cached in a folder keyed by the sources.

Numba's cache looks only at the file of the decorated function and misses a change in a kernel that it
calls, or in a constant from elsewhere; a folder named after the hash of all files that ours are built
from cannot be stale. Folders that nobody has used for a month go.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")

UNUSED_S = 30 * 24 * 3600.0
"""Age at which a folder of another version goes."""

_OWN = ("cfa.py", "grouping.py", "jit.py", "row_loop.py", "streaming.py")
"""Files of this folder that hold compiled code, how it is compiled, or constants in it."""


def _sources() -> list[Path]:
    """All stages, for their kernels call one another across folders, and our own."""
    spec = importlib.util.find_spec("stages")
    roots = list(spec.submodule_search_locations or []) if spec is not None else []
    stages = [path for root in roots for path in Path(root).rglob("*.py")]
    return sorted(stages) + [Path(__file__).with_name(name) for name in _OWN]


def _cache_folder() -> Path:
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(path.read_bytes())
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "ispsim" / f"numba-{digest.hexdigest()[:16]}"


def _tidy(folder: Path) -> None:
    """Mark a folder as used, and take away those of versions that are not any more."""
    now = time.time()
    for other in folder.parent.glob("numba-*"):
        if other == folder:
            os.utime(other)
        elif now - other.stat().st_mtime > UNUSED_S:
            shutil.rmtree(other, ignore_errors=True)


def _configure() -> None:
    """Point Numba at our cache folder, unless the user chose one."""
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    import numba

    folder = _cache_folder()
    with suppress(OSError):  # another process may be tidying, or the folder be read-only
        _tidy(folder)
    numba.config.CACHE_DIR = str(folder)


_configured = False


def _configure_once() -> None:
    global _configured
    if not _configured:
        _configure()
        _configured = True


def kernel(**options: Any) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Compile a function with Numba: ``nogil``, cached, never parallel (the engine owns the threads).

    Parameters
    ----------
    **options
        Further options of `numba.njit`, such as ``inline="always"`` or ``fastmath={"contract"}``.

    Returns
    -------
    callable
        The decorator.
    """
    _configure_once()
    import numba

    return cast(
        Callable[[Callable[P, T]], Callable[P, T]],
        numba.njit(nogil=True, cache=True, **options),
    )


class RowKernel:
    """A row kernel (see `isp.rows`), compiled or read from the cache when its address is first asked for.

    Use it as a decorator.
    """

    def __init__(self, function: Callable[..., None]) -> None:
        self.function = function

    @cached_property
    def compiled(self) -> Any:
        """Numba's compiled C function."""
        return self._compile(cache=True)

    def assembly(self) -> str:
        """The machine code as text, compiled anew: what is read from the cache cannot be shown."""
        return str(self._compile(cache=False)._library.get_asm_str())

    def _compile(self, *, cache: bool) -> Any:
        _configure_once()
        import numba
        from numba import types

        pointers = types.CPointer(types.uint8), types.CPointer(types.int64)
        counts = (types.int64,) * 3
        declared = types.void(*pointers, pointers[1], *counts, types.CPointer(types.float32))
        return numba.cfunc(declared, cache=cache)(self.function)

    @property
    def address(self) -> int:
        """Address of the machine code."""
        return int(self.compiled.address)
