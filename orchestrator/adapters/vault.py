"""The vault of one installation: every secret comes from one master key in a file (DESIGN.md decision 2).

The key is 32 random bytes in ``<home>/master.key`` (mode 0600). With a passphrase the file holds the key sealed by it
(scrypt, AES-256-GCM), so that the file alone opens nothing: the office keeps the passphrase.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import SecretStr

from orchestrator.domain.errors import BadInputError, RefusedError

KEY_FILE: Final = "master.key"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
SALT_BYTES: Final = 16
SCRYPT_COST: Final = 2**15
"""With a block size of 8 this takes 32 MiB and about a tenth of a second."""
SCRYPT_BLOCK_SIZE: Final = 8
PLAIN_KEY: Final = "tenure-key-1"
SEALED_KEY: Final = "tenure-key-1-scrypt"
SEALED_TEXT: Final = "v1"


class FileVault:
    """Implements :class:`orchestrator.ports.Vault` over a key file.

    Args:
        home: Folder of the installation; made with mode 0700 when it is missing.
        passphrase: Opens the key file; a new or unprotected key file is sealed with it.

    Raises:
        RefusedError: The key file is protected and the passphrase is missing or wrong, or others may read it.
        BadInputError: The key file is damaged.
    """

    def __init__(self, home: Path, passphrase: SecretStr | None = None) -> None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._master = _load_or_make(home / KEY_FILE, passphrase)

    def derive(self, purpose: str) -> str:
        """Give a secret of 43 URL-safe characters (256 bits), always the same for one purpose."""
        return base64.urlsafe_b64encode(self._key(f"derive/{purpose}")).rstrip(b"=").decode()

    def seal(self, plain: bytes, purpose: str) -> str:
        """Encrypt with AES-256-GCM under the purpose's own key; the purpose is authenticated too."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        box = AESGCM(self._key(f"seal/{purpose}")).encrypt(nonce, plain, purpose.encode())
        return f"{SEALED_TEXT}.{_encode(nonce + box)}"

    def open(self, sealed: str, purpose: str) -> bytes:
        """Decrypt; BadInputError when the text was sealed for another purpose or changed."""
        version, _, text = sealed.partition(".")
        if version != SEALED_TEXT:
            raise BadInputError("sealed text of an unknown version", detail=f"known: {SEALED_TEXT}")
        box = _decode(text)
        try:
            return AESGCM(self._key(f"seal/{purpose}")).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise BadInputError(
                f"the sealed text for {purpose} does not open",
                detail="it was changed, or sealed for another purpose or by another installation",
            ) from error

    def _key(self, info: str) -> bytes:
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info.encode()).derive(self._master)


def _load_or_make(file: Path, passphrase: SecretStr | None) -> bytes:
    if not file.exists():
        master = secrets.token_bytes(KEY_BYTES)
        _write(file, _key_text(master, passphrase), os.link)
    _refuse_open_file(file)
    return _load(file, passphrase)


def _load(file: Path, passphrase: SecretStr | None) -> bytes:
    kind, _, text = file.read_text(encoding="ascii", errors="replace").strip().partition(" ")
    if kind == SEALED_KEY:
        return _open_key(_decode(text), passphrase, file)
    master = _decode(text)
    if kind != PLAIN_KEY or len(master) != KEY_BYTES:
        raise BadInputError(f"{file} is no key file of this program", hint="restore it from the office's backup")
    if passphrase is not None:
        _write(file, _key_text(master, passphrase), os.replace)
    return master


def _key_text(master: bytes, passphrase: SecretStr | None) -> str:
    if passphrase is None:
        return f"{PLAIN_KEY} {_encode(master)}\n"
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    box = AESGCM(_stretch(passphrase, salt)).encrypt(nonce, master, SEALED_KEY.encode())
    return f"{SEALED_KEY} {_encode(salt + nonce + box)}\n"


def _open_key(sealed: bytes, passphrase: SecretStr | None, file: Path) -> bytes:
    if passphrase is None:
        raise RefusedError(f"{file} is protected by a passphrase", hint="set TENURE_PASSPHRASE")
    salt, rest = sealed[:SALT_BYTES], sealed[SALT_BYTES:]
    try:
        return AESGCM(_stretch(passphrase, salt)).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], SEALED_KEY.encode())
    except (InvalidTag, ValueError) as error:
        raise RefusedError(f"the passphrase does not open {file}", hint="check TENURE_PASSPHRASE") from error


def _stretch(passphrase: SecretStr, salt: bytes) -> bytes:
    scrypt = Scrypt(salt=salt, length=KEY_BYTES, n=SCRYPT_COST, r=SCRYPT_BLOCK_SIZE, p=1)
    return scrypt.derive(passphrase.get_secret_value().encode())


def _write(file: Path, text: str, place: Callable[[Path, Path], None]) -> None:
    """Write whole and durable, then put it in its place.

    ``os.link`` never replaces: of two processes at their first start the slower one finds the other's key.
    """
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        _put(draft, file, place)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _put(draft: Path, file: Path, place: Callable[[Path, Path], None]) -> None:
    try:
        place(draft, file)
    except FileExistsError:
        return


def _refuse_open_file(file: Path) -> None:
    mode = file.stat().st_mode & 0o777
    if mode & 0o077:
        raise RefusedError(f"{file} may be read by others (mode {mode:04o})", hint=f"chmod 600 {file}")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """Decode; anything but the one spelling of some bytes gives none, and the caller's check of the content fails."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if _encode(data) == text else b""
