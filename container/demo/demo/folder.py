"""The folder with the uploaded files."""

import os
import stat
from pathlib import Path
from typing import NamedTuple

from . import names


class StoredFile(NamedTuple):
    name: str
    size: int
    modified: float


class Folder:
    def __init__(self, path: Path):
        self._path = path
        self._incoming: set[str] = set()

    def names(self) -> list[str]:
        """The names of all complete files, sorted."""
        with os.scandir(self._path) as entries:
            found = [e.name for e in entries if e.is_file(follow_symlinks=False)]
        return sorted(
            (n for n in found if not n.startswith(".") and n not in self._incoming),
            key=lambda name: (name.casefold(), name),
        )

    def look_up(self, wanted: list[str]) -> list[StoredFile]:
        """The size and time of these files, without those that were removed meanwhile."""
        found = []
        for name in wanted:
            try:
                status = os.lstat(self._path / name)
            except FileNotFoundError:
                continue
            if stat.S_ISREG(status.st_mode):
                found.append(StoredFile(name, status.st_size, status.st_mtime))
        return found

    def create(self, wanted: str) -> "IncomingFile":
        """Creates a file of this name, or of the next free one like it: nothing is overwritten."""
        number = 0
        while True:
            name = names.numbered(wanted, number)
            try:
                return IncomingFile(self._path / name, self._incoming)
            except FileExistsError:
                number += 1


class IncomingFile:
    """A file that is being written. It counts as saved when `close` has returned."""

    def __init__(self, path: Path, incoming: set[str]):
        self._path = path
        self._incoming = incoming
        self._file = open(path, "xb", buffering=1024 * 1024)
        self._identity = os.fstat(self._file.fileno())
        incoming.add(path.name)

    @property
    def name(self) -> str:
        return self._path.name

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def close(self) -> None:
        # Many file systems report only here that the data did not arrive.
        self._file.close()
        self._incoming.discard(self.name)

    def discard(self) -> None:
        """Removes the file. First the name, then the data, so that half a file is never published."""
        try:
            if os.path.samestat(self._identity, os.lstat(self._path)):
                os.unlink(self._path)
        except OSError:
            pass
        try:
            self._file.close()
        except OSError:
            pass
        self._incoming.discard(self.name)
