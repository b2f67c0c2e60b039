"""Reading the content that CKAN holds for a resource, whatever storage it uses."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, NamedTuple

import ckan.model as model
from ckan.lib import files, uploader

_CHUNK = 1 << 20
_SLOW_UPLOAD = 3600


class ContentMissingError(Exception):
    """The portal should hold this file and does not: a fault of ours, not of the OPD."""


class Fingerprint(NamedTuple):
    """What identifies a content: SHA-256 in hex and its size in bytes."""

    sha256: str
    bytes: int


def is_held(resource: model.Resource) -> bool:
    """Tell whether the portal itself holds the content (an upload), not only a link."""
    return resource.url_type == "upload"


@contextmanager
def opened(resource_id: str) -> Iterator[IO[bytes]]:
    """The uploaded content as a binary stream.

    Knows core's folder storage (and plugins that keep its ``get_path``) and
    the file-keeper storages of CKAN 2.12.

    :raises ContentMissingError: when there is none
    """
    upload = uploader.get_resource_uploader({"id": resource_id})
    storage = getattr(upload, "storage", None)
    try:
        path = upload.get_path(resource_id)
        raw = io.FileIO(path) if storage is None else storage.stream(files.FileData(path))
    except (OSError, TypeError, AttributeError, files.exc.MissingFileError) as error:
        raise ContentMissingError(resource_id) from error
    with as_stream(raw) as stream:
        yield stream


def as_stream(source: Iterable[bytes]) -> IO[bytes]:
    """What a storage gives, a file or pieces of one, as a buffered binary stream."""
    if isinstance(source, io.BufferedIOBase):
        return source
    return io.BufferedReader(source if isinstance(source, io.RawIOBase) else _Chunks(source))


def looks_changed(resource_id: str, size: int | None, written: dt.datetime | None) -> bool:
    """Whether a held file may not be the one that was read: by its size and time, unread.

    :param written: when CKAN was given it (naive UTC); the file may be an hour younger, as large
        uploads are. Storages that tell no time are asked for the size alone.
    """
    upload = uploader.get_resource_uploader({"id": resource_id})
    storage = getattr(upload, "storage", None)
    try:
        path = upload.get_path(resource_id)
        if storage is not None:
            return storage.size(path) != size
        found = os.stat(path)
    except (OSError, TypeError, AttributeError, files.exc.StorageError):
        return True
    latest = calendar.timegm(written.timetuple()) + _SLOW_UPLOAD if written else 0
    return found.st_size != size or found.st_mtime > latest


class _Chunks(io.RawIOBase):
    """An iterable of byte strings as a readable stream."""

    def __init__(self, chunks):
        self._chunks = iter(chunks)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        while not self._rest:
            try:
                self._rest = next(self._chunks)
            except StopIteration:
                return 0
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def fingerprint(stream: IO[bytes], copy: IO[bytes] | None = None) -> Fingerprint:
    """Hash a stream to its end in flat memory; ``copy`` receives what was read."""
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if copy:
            copy.write(chunk)
    return Fingerprint(digest.hexdigest(), size)


def fingerprint_of(resource_id: str) -> Fingerprint:
    """Fingerprint of the content that CKAN holds for a resource.

    :raises ContentMissingError: when there is none
    """
    with opened(resource_id) as stream:
        return fingerprint(stream)
