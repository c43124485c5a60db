"""Zip archives: checked before anything is unpacked, member by member after that."""

from __future__ import annotations

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

from services.archives import archive_limits
from services.errors import InvalidValue

_SMALL = 2**20  # a few blanks compress better than the ratio allows, and do no harm
_MAX_NAME = 255
_ENCRYPTED = 0x1
_END = b"PK\x05\x06"
_END_SIZE, _MAX_COMMENT = 22, 65_535
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def entries_of(path: Path) -> list[zipfile.ZipInfo]:
    """Return the files of an archive, folders left out.

    Raises InvalidValue for an archive that is broken, empty, or not fit to be
    unpacked: too many entries, too large, links, encryption, paths that lead out.
    """
    _require_few(path)
    try:
        with zipfile.ZipFile(path) as archive:
            found = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError):
        raise InvalidValue("expected a zip archive; this one is broken") from None
    files = [entry for entry in found if not entry.is_dir()]
    if not files:
        raise InvalidValue("the zip archive is empty")
    for entry in found:
        _check_name(entry.filename)
        _check_entry(entry)
    lowered = [entry.filename.lower() for entry in found]
    if len(set(lowered)) < len(lowered):
        raise InvalidValue("the zip archive has two entries of the same name")
    _check_sizes(files, path.stat().st_size)
    return files


def _require_few(path: Path) -> None:
    """Read the count of entries at the archive's end: a list of them costs memory."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_SIZE - _MAX_COMMENT))
        tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise InvalidValue("expected a zip archive; its end is missing")
    count = int.from_bytes(tail[at + 10 : at + 12], "little")
    listed = int.from_bytes(tail[at + 12 : at + 16], "little")
    # an entry takes 46 bytes and its name; the count itself may lie
    most = archive_limits().entries
    if count > most or listed > most * (46 + 4 * _MAX_NAME):
        raise InvalidValue(
            f"the zip archive has too many entries; at most {most} are accepted"
        )


def _check_name(name: str) -> None:
    parts = PurePosixPath(name).parts
    if (
        not name
        or len(name) > _MAX_NAME
        or "\\" in name
        or ":" in name
        or ".." in parts
        or name.startswith("/")
        or not name.isprintable()
    ):
        raise InvalidValue(
            f"the zip archive has an entry whose name is not accepted: {name[:60]!a}"
        )


def _check_entry(entry: zipfile.ZipInfo) -> None:
    shown = entry.filename[:60]
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise InvalidValue(f"the zip archive holds a link or device: {shown}")
    if entry.flag_bits & _ENCRYPTED:
        raise InvalidValue(f"the zip archive is encrypted: {shown}")
    if entry.compress_type not in _METHODS:
        raise InvalidValue(f"the zip archive uses an unusual compression: {shown}")


def _check_sizes(files: list[zipfile.ZipInfo], packed: int) -> None:
    unpacked, limits = sum(entry.file_size for entry in files), archive_limits()
    if unpacked > limits.unpacked:
        raise InvalidValue(
            f"the size of the zip archive is {unpacked / 2**20:.1f} MB when unpacked;"
            f" at most {limits.unpacked / 2**20:.0f} MB are accepted"
        )
    # against the file itself too: entries that overlap share their packed bytes
    if unpacked > max(_SMALL, limits.ratio * packed) or any(
        one.file_size > max(_SMALL, limits.ratio * one.compress_size) for one in files
    ):
        raise InvalidValue(
            f"the size of the zip archive grows more than {limits.ratio} times when"
            " unpacked"
        )


def unpack(path: Path, entry: zipfile.ZipInfo, target: Path) -> None:
    """Write one checked entry to ``target``. Raises InvalidValue if it is broken.

    An entry that is longer than it says ends with an error, not with more bytes.
    """
    try:
        with (
            zipfile.ZipFile(path) as archive,
            archive.open(entry) as source,
            target.open("wb") as copy,
        ):
            shutil.copyfileobj(source, copy, 2**20)
    except (zipfile.BadZipFile, zipfile.zlib.error, EOFError, RuntimeError):  # type: ignore[attr-defined]
        raise InvalidValue(
            f"the zip archive is broken at the entry {entry.filename[:60]}"
        ) from None
    if target.stat().st_size != entry.file_size:
        raise InvalidValue(
            f"the zip archive is broken at the entry {entry.filename[:60]}"
        )
