"""Files that a script returned: in memory while small, on disk while large."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Iterable
from typing import Any, BinaryIO

from .multipart import FilePiece

_MOST_IN_MEMORY = 1 << 20


class _Borrowed:
    """Reads a file from its beginning, and leaves it open."""

    def __init__(self, file: Any):
        self._file = file
        file.seek(0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> _Borrowed:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.seek(0)


def borrowed(file: Any) -> BinaryIO:
    return _Borrowed(file)  # type: ignore[return-value]


class ResultFile(io.BufferedIOBase):
    """A file that a script returned; it can be read as any binary file. size: its bytes."""

    def __init__(self, chunks: Iterable[bytes | memoryview]):
        self._file = tempfile.SpooledTemporaryFile(_MOST_IN_MEMORY)  # noqa: SIM115
        self.size = 0
        try:
            for chunk in chunks:
                self._file.write(chunk)
                self.size += len(chunk)
        except BaseException:
            self._file.close()
            raise
        self._file.seek(0)

    def __repr__(self) -> str:
        return f"<file of {self.size:,} bytes; read() it, or save() it>"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the whole file, whatever was read of it before."""
        place = self._file.tell()
        self._file.seek(0)
        try:
            with open(path, "wb") as copy:
                shutil.copyfileobj(self._file, copy, 1 << 20)
        finally:
            self._file.seek(place)

    def content(self) -> bytes:
        """All of it."""
        self._file.seek(0)
        return bytes(self._file.read())

    def text(self) -> str:
        """All of it, as UTF-8."""
        return self.content().decode()

    def piece(self) -> FilePiece:
        """To send it as an input."""

        def opened() -> BinaryIO:
            if self.size > _MOST_IN_MEMORY:
                self._file.rollover()
            return borrowed(self._file)

        return FilePiece(opened, self.size, "a file that a script returned")

    def read(self, size: int | None = -1, /) -> bytes:
        return bytes(self._file.read(-1 if size is None else size))

    def read1(self, size: int = -1, /) -> bytes:
        return self.read(size)

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        content = self._file.read(len(view))
        view[: len(content)] = content
        return len(content)

    def readline(self, size: int | None = -1, /) -> bytes:
        return bytes(self._file.readline(-1 if size is None else size))

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._file.seek(offset, whence)  # of Python before 3.11, it returns nothing
        return self._file.tell()

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()
