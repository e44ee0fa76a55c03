"""Files that are there whole or not at all, and that a power cut does not take back."""

import os
from pathlib import Path


def replace(path: Path, data: bytes, *, draft: Path | None = None, folder: int | None = None) -> None:
    """Put bytes in a file's place, all of them or none, flushed with their folder.

    Args:
        path: the file.
        data: what it holds from here on.
        draft: where it is written first, in the same folder; by default `.new` stands behind the name.
            Two who write at once need two drafts, or a lock.
        folder: a handle on that folder; by default it is opened for this.

    Raises:
        OSError: the disk does not take it.
    """
    written = draft or path.with_name(path.name + ".new")
    with written.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    written.replace(path)
    if folder is None:
        flush_folder(path.parent)
    else:
        os.fsync(folder)


def flush_folder(folder: Path) -> None:
    """Flush a folder, so that the names in it last; raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
