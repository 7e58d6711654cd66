"""Outputs appear whole or not at all, and nothing that was there is lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

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
        temporary = target.with_name(f".{target.stem}-{token_hex(4)}{target.suffix}")
        temporary.touch(exist_ok=False)
        mode = temporary.stat().st_mode  # of any new file; asking for the umask would change it
    except OSError as error:
        raise FileError(f"Cannot write '{target}': {error.strerror or error}.") from None
    try:
        yield temporary
        temporary.chmod(mode)  # some writers put a private file of their own there
        temporary.replace(target)
    except OSError as error:
        raise FileError(f"Cannot write '{target}': {error.strerror or error}.") from error
    finally:
        temporary.unlink(missing_ok=True)


def check_outputs(*outputs: Path, force: bool) -> None:
    """See before any work that all outputs can be written: the one that the user named first.

    Raises
    ------
    FileError
        If one is there and ``force`` is not given, has no folder to be in, or two are one file.
    """
    first, taken = outputs[0], set[str]()
    for path in outputs:
        refuse_existing(path, force=force, beside=None if path is first else first)
        place = os.path.realpath(path)
        if place in taken:
            raise FileError(f"'{path}' would be written twice; give each output a name of its own.")
        taken.add(place)


def refuse_existing(path: Path | str, *, force: bool, beside: Path | None = None) -> None:
    """Raise `FileError` where ``path`` exists and may not be replaced, or lies in what is no folder.

    ``beside`` is the output that the user named, where ``path`` only goes with it.
    """
    target = Path(path)
    try:
        there = next((one for one in (target, *target.parents) if one.exists()), Path())
        is_folder = there.is_dir()
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        raise FileError(f"Cannot write '{target}': {error.strerror or error}.") from None
    if there == target and is_folder:
        raise FileError(f"'{target}' is a folder; give a file name.")
    if there == target and not force:
        what = f"'{target}'" if beside is None else f"'{target}', which goes with '{beside}',"
        raise FileError(f"{what} already exists; choose another name, or add --force.")
    if there != target and not is_folder:
        raise FileError(f"Cannot write '{target}': '{there}' is a file, and no folder.")
