"""The format of a backup file: JSON lines, packed by gzip, perhaps encrypted; a checksum ends it.

Readable without Goalpost: `gunzip < FILE` shows it, unless it is encrypted. The first line says what made it,
a line with `table` begins each table and names its columns, an array is a row of it, and the last line holds
the number of rows and the SHA-256 of every line before it. A file that ends early has no such line.
"""

import gzip
import hashlib
import json
import os
import struct
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedIOBase, BufferedReader, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO, cast

from cryptography.fernet import Fernet, InvalidToken

_ENCRYPTED = b"goalpost backup, encrypted\n"
_SALT_BYTES = 16
_CHUNK = 1024 * 1024
_HEAD = struct.Struct(">Q?")
_LENGTH = struct.Struct(">I")
_LONGEST_TOKEN = 2 * _CHUNK
SHORTEST_KEY = 16
"""Characters of a key file."""


class UnusableBackup(Exception):
    """The file cannot be used; the message says why and what to do."""


class BackupWriter:
    """Writes the lines of a backup and counts them."""

    def __init__(self, file: BufferedIOBase) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.rows = 0

    def line(self, content: object) -> None:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._digest.update(text)
        self._file.write(text)

    def row(self, cells: Sequence[object]) -> None:
        self.rows += 1
        self.line(cells)

    def end(self) -> None:
        self.line({"rows": self.rows, "sha256": self._digest.hexdigest()})


@contextmanager
def writing_backup(path: Path, key: bytes | None) -> Iterator[BackupWriter]:
    """Write a backup to a file that is there only once it is whole. Raises OSError."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("xb") as raw:
            out: Any = raw if key is None else _Sealing(raw, key)
            # No name and time of the file in it: the same data makes the same file.
            with gzip.GzipFile(filename="", mode="wb", fileobj=out, compresslevel=6, mtime=0) as packed:
                yield BackupWriter(packed)
            if key is not None:
                out.finish()
            raw.flush()
            os.fsync(raw.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def lines_of(path: Path, key: bytes | None) -> Iterator[Any]:
    """Yield the lines of a backup, all but the last. Raises UnusableBackup, also at its end."""
    digest, rows, ended = hashlib.sha256(), 0, False
    try:
        with path.open("rb") as raw, gzip.GzipFile(fileobj=cast(Any, _plain(raw, key, path))) as unpacked:
            for text in unpacked:
                if ended:
                    raise UnusableBackup(f"{path} goes on after its end. Use another backup.")
                line = json.loads(text)
                if isinstance(line, dict) and "sha256" in line:
                    ended = line == {"rows": rows, "sha256": digest.hexdigest()}
                    if not ended:
                        raise UnusableBackup(f"{path} was altered or damaged. Use another backup.")
                    continue
                digest.update(text)
                rows += isinstance(line, list)
                yield line
    except (EOFError, gzip.BadGzipFile, ValueError, OSError) as error:
        if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
            raise UnusableBackup(f"{path} cannot be read: {error.strerror or error}") from error
        raise UnusableBackup(f"{path} is no backup of Goalpost, or a damaged one. Use another.") from error
    if not ended:
        raise UnusableBackup(f"{path} ends too early. Use another backup.")


def _plain(raw: BinaryIO, key: bytes | None, path: Path) -> BinaryIO:
    """Return the file without its encryption. Raises UnusableBackup without the key, or with one too many."""
    is_encrypted = raw.read(len(_ENCRYPTED)) == _ENCRYPTED
    if is_encrypted and key is None:
        raise UnusableBackup(f"{path} is encrypted. Name the file with its key: --key-file FILE.")
    if not is_encrypted:
        if key is not None:
            raise UnusableBackup(f"{path} is not encrypted. Leave out --key-file.")
        raw.seek(0)
        return raw
    assert key is not None
    return cast(BinaryIO, BufferedReader(_Opening(raw, key, path)))


def read_key(path: Path) -> bytes:
    """Return the key in a file. Raises UnusableBackup."""
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise UnusableBackup(f"{path} cannot be read: {error.strerror}") from error
    if len(key) < SHORTEST_KEY:
        raise UnusableBackup(
            f"The key in {path} is too short: {SHORTEST_KEY} characters at least. "
            "A good one: openssl rand -base64 32"
        )
    return key


def _cipher(key: bytes, salt: bytes) -> Fernet:
    return Fernet(urlsafe_b64encode(hashlib.scrypt(key, salt=salt, n=2**14, r=8, p=1, dklen=32)))


class _Sealing:
    """Encrypts what is written, in numbered parts: none can be left out, swapped or cut off unnoticed."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        salt = os.urandom(_SALT_BYTES)
        file.write(_ENCRYPTED + salt)
        self._file, self._cipher = file, _cipher(key, salt)
        self._waiting, self._number = bytearray(), 0

    def write(self, content: bytes) -> int:
        self._waiting += content
        while len(self._waiting) > _CHUNK:
            self._seal(bytes(self._waiting[:_CHUNK]), is_last=False)
            del self._waiting[:_CHUNK]
        return len(content)

    def flush(self) -> None:
        """Do nothing: a part is written when it is full."""

    def finish(self) -> None:
        self._seal(bytes(self._waiting), is_last=True)

    def _seal(self, content: bytes, *, is_last: bool) -> None:
        token = self._cipher.encrypt(_HEAD.pack(self._number, is_last) + content)
        self._file.write(_LENGTH.pack(len(token)) + token)
        self._number += 1


class _Opening(RawIOBase):
    """Decrypts what `_Sealing` wrote."""

    def __init__(self, file: BinaryIO, key: bytes, path: Path) -> None:
        self._file, self._path = file, path
        self._cipher = _cipher(key, file.read(_SALT_BYTES))
        self._content, self._number, self._ended = b"", 0, False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._content and not self._ended:
            self._content = self._next()
        some = self._content[: len(buffer)]
        buffer[: len(some)] = some
        self._content = self._content[len(some) :]
        return len(some)

    def _next(self) -> bytes:
        head = self._file.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            raise UnusableBackup(f"{self._path} ends too early. Use another backup.")
        [length] = _LENGTH.unpack(head)
        if length > _LONGEST_TOKEN:
            raise UnusableBackup(f"{self._path} was altered or damaged. Use another backup.")
        try:
            content = self._cipher.decrypt(self._file.read(length))
        except InvalidToken:
            raise UnusableBackup(
                f"{self._path} cannot be decrypted: the key is another one, or the file is damaged."
            ) from None
        number, self._ended = _HEAD.unpack(content[: _HEAD.size])
        if number != self._number:
            raise UnusableBackup(f"{self._path} was altered or damaged. Use another backup.")
        self._number += 1
        return content[_HEAD.size :]
