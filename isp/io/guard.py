"""What every reader checks first, so that a hostile or broken file ends in one sentence."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from isp.errors import FileError, IspError

PIXEL_LIMIT = 1 << 30


def check_file(path: Path | str) -> Path:
    """Return the path of a readable regular file that is not empty.

    Raises
    ------
    FileError
        If there is none, or it is a folder, a device, a pipe or empty.
    """
    file = Path(path)
    try:
        status = file.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileError(f"Cannot read '{file}': {reason}.") from None
    if stat.S_ISDIR(status.st_mode):
        raise FileError(f"'{file}' is a folder; give a file.")
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"'{file}' is a device, pipe or socket; give a regular file.")
    if status.st_size == 0:
        raise FileError(f"'{file}' is empty.")
    return file


def check_pixels(path: Path, height: int, width: int) -> None:
    """Refuse a size that no frame has, before memory is asked for it.

    Raises
    ------
    FileError
        If a side is below 1 or there are more than 2³⁰ pixels.
    """
    if height < 1 or width < 1 or height * width > PIXEL_LIMIT:
        raise FileError(
            f"'{path}' says it has {width}×{height} pixels; a frame has at least one and at most"
            f" {PIXEL_LIMIT} pixels."
        )


@contextmanager
def decoding(path: Path, what: str) -> Iterator[None]:
    """Turn whatever a decoder raises on a broken file into one sentence.

    Decoders raise nearly anything on garbage (struct errors, index errors, memory errors), so every
    `Exception` is caught here, and only here.
    """
    try:
        yield
    except (IspError, ImportError):
        raise
    except Exception as error:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise FileError(
            f"'{path}' cannot be read as {what}: {reason[:200]}. The file is damaged, cut short or"
            " of another format."
        ) from error


def head(path: Path, count: int = 64) -> bytes:
    """The first bytes of a file, fewer where it is shorter."""
    with decoding(path, "a file"), path.open("rb") as file:
        return file.read(count)
