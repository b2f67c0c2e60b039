"""The contents that were delivered, kept by their SHA-256 for as long as the portal lives.

CKAN keeps one file per resource and overwrites it; what counted in a quarter must outlive that.
The store lies in the storage that CKAN uses for resources (``ckan.lib.files``), else in a folder
under ``ckan.storage_path``. A content is there whole or not at all, and once.
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

from ckan.lib import files, uploader
from ckan.plugins import toolkit

from . import content

log = logging.getLogger(__name__)

FOLDER = "satudata-evidence"

_SHA256 = re.compile(r"[0-9a-f]{64}")


class EvidenceError(Exception):
    """The store cannot take or give what it is asked for."""


class EvidenceMissingError(EvidenceError):
    """The store holds no content of this hash."""


def keep(stream: IO[bytes], renew: bool = False) -> content.Fingerprint:
    """Read a stream to its end, keep what it held, and return its fingerprint.

    :param renew: also where the store has one of this hash, which may be spoilt
    :raises EvidenceError: the store cannot be written
    """
    store = _store()
    try:
        with _waiting(store.waiting_room()) as path:
            with path.open("wb") as copy:
                found = content.fingerprint(stream, copy)
            if renew or not store.has(found.sha256):
                store.take(path, found.sha256)
    except (OSError, files.exc.StorageError) as error:
        raise EvidenceError(str(error)) from error
    return found


def keep_resource(resource_id: str, renew: bool = False) -> content.Fingerprint | None:
    """:func:`keep` what CKAN holds for a resource; None, and a line in the log, if it fails.

    :raises content.ContentMissingError: CKAN holds nothing
    """
    try:
        with content.opened(resource_id) as stream:
            return keep(stream, renew)
    except EvidenceError:
        log.exception("satudata: the content of resource %s was not kept", resource_id)
        return None


@contextmanager
def _waiting(folder: Path | None) -> Iterator[Path]:
    """An empty file for a content that is not known by its hash yet."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=".part-")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def has(sha256: str) -> bool:
    """Whether the store holds the content of this hash (it is not read)."""
    return not missing([sha256])


def missing(hashes: Iterable[str]) -> list[str]:
    """Those of these hashes whose content the store does not hold, in the same order."""
    store = _store()
    return [one for one in hashes if not (_SHA256.fullmatch(one) and store.has(one))]


@contextmanager
def opened(sha256: str) -> Iterator[IO[bytes]]:
    """The content of this hash as a binary stream.

    :raises EvidenceMissingError: the store does not hold it
    """
    with stream_of(sha256) as stream:
        yield stream


def stream_of(sha256: str) -> IO[bytes]:
    """As :func:`opened`, for an answer that is sent later; whoever asks for it closes it.

    :raises EvidenceMissingError: the store does not hold it
    """
    if not has(sha256):
        raise EvidenceMissingError(sha256)
    try:
        return _store().open(sha256)
    except (OSError, files.exc.MissingFileError) as error:
        raise EvidenceMissingError(sha256) from error


def is_sound(sha256: str) -> bool:
    """Whether the store holds this content and its bytes still have this hash."""
    try:
        with opened(sha256) as stream:
            return content.fingerprint(stream).sha256 == sha256
    except EvidenceMissingError:
        return False


class _Store(Protocol):
    def waiting_room(self) -> Path | None:
        """Folder for what is not known by its hash yet; None: the system's own."""

    def has(self, sha256: str) -> bool: ...

    def take(self, path: Path, sha256: str) -> None:
        """Store the file under its hash, whole or not at all; it may be moved away."""

    def open(self, sha256: str) -> IO[bytes]: ...


def _store() -> _Store:
    name = toolkit.config["ckan.files.default_storages.resource"]
    with suppress(files.exc.UnknownStorageError):
        return _Keeper(files.get_storage(name))
    root = uploader.get_storage_path()
    if not root:
        raise EvidenceError("ckan.storage_path is not set")
    return _Folder(Path(root) / FOLDER)


class _Folder:
    def __init__(self, root: Path):
        self._root = root

    def _path(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def waiting_room(self) -> Path:
        self._root.mkdir(parents=True, exist_ok=True)
        return self._root

    def has(self, sha256: str) -> bool:
        # Asked for each content before a quarter is frozen: a Path takes longer than the disk.
        return os.path.isfile(f"{self._root}/{sha256[:2]}/{sha256[2:4]}/{sha256}")

    def take(self, path: Path, sha256: str) -> None:
        place = self._path(sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.chmod(0o444)
        path.replace(place)

    def open(self, sha256: str) -> IO[bytes]:
        return self._path(sha256).open("rb")


class _Keeper:
    """A storage of ``ckan.lib.files``."""

    def __init__(self, storage: files.Storage):
        self._storage = storage

    def _data(self, sha256: str) -> files.FileData:
        return files.FileData(files.Location(f"{FOLDER}/{sha256[:2]}/{sha256[2:4]}/{sha256}"))

    def waiting_room(self) -> None:
        return None

    def has(self, sha256: str) -> bool:
        return self._storage.exists(self._data(sha256))

    def take(self, path: Path, sha256: str) -> None:
        place = self._data(sha256).location
        # Storages of folders write in place: a name of its own first, so that nothing torn
        # ever stands under a hash.
        first = files.Location(f"{FOLDER}/part-{uuid.uuid4()}")
        moves = self._storage.supports(files.Capability.MOVE)
        with path.open("rb") as stream:
            stored = self._storage.upload(first if moves else place, files.make_upload(stream))
        if moves:
            with suppress(files.exc.MissingFileError):
                self._storage.remove(self._data(sha256))
            self._storage.move(place, stored)

    def open(self, sha256: str) -> IO[bytes]:
        return content.as_stream(self._storage.stream(self._data(sha256)))
