"""Outputs appear whole or not at all, and nothing that was there is lost."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from isp.errors import FileError


@contextmanager
def atomic(path: Path | str, *, force: bool = False) -> Iterator[Path]:
    """Give a temporary name beside ``path`` to write to; move it into place when the block ends well.

    Parameters
    ----------
    path : path
        The final name. Its folder is made where missing.
    force : bool
        Replace a file that is already there.

    Raises
    ------
    FileError
        If the file exists and ``force`` is not given, or the place cannot be written to.
    """
    target = Path(path)
    refuse_existing(target, force=force)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent
        )
    except OSError as error:
        raise FileError(f"Cannot write '{target}': {error.strerror or error}.") from None
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    except OSError as error:
        raise FileError(f"Cannot write '{target}': {error.strerror or error}.") from error
    finally:
        temporary.unlink(missing_ok=True)


def check_outputs(output: Path, *beside: Path, force: bool) -> None:
    """Raise `FileError` before any work where an output, or what goes with it, cannot be written."""
    refuse_existing(output, force=force)
    for path in beside:
        refuse_existing(path, force=force, beside=output)


def refuse_existing(path: Path | str, *, force: bool, beside: Path | None = None) -> None:
    """Raise `FileError` where ``path`` exists and may not be replaced.

    ``beside`` is the output that the user named, where ``path`` only goes with it.
    """
    target = Path(path)
    if target.is_dir():
        raise FileError(f"'{target}' is a folder; give a file name.")
    if target.exists() and not force:
        what = f"'{target}'" if beside is None else f"'{target}', which goes with '{beside}',"
        raise FileError(f"{what} already exists; choose another name, or add --force.")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
