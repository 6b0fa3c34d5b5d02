"""The folder of the person's keys, one file a key. Knows no case; what a key file holds is keyfile's matter."""

import os
import stat
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody import disk
from custody.adapters.keys.certificate import make_certificate
from custody.adapters.keys.keyfile import (
    MAX_KEY_FILE,
    KeyFile,
    Secrets,
    check_new_passphrase,
    decrypt,
    encrypt,
    format_key_file,
    parse_key_file,
)
from custody.errors import FormatError, SigningError, StorageError, UsageError
from custody.formats.publickey import (
    ED25519_SIGNATURE_SIZE,
    KeySignatures,
    PublicKey,
    check_holder,
    format_public_key,
    signed_bytes,
    verify_public_key,
)
from custody.formats.signature import RAW_SIZE, sign_p256, spki_bytes
from custody.ports import Entropy

SHORT_KEY_ID = 8  # hex characters that name a key where it stands among a few of the person's own
SUFFIX = ".json"
RESERVED = ".case"  # beside the key of a pseudonym: the id of its case. It tells no name, and is no secret

_CREATE = 'custody key create --name "YOUR NAME" --organisation "YOUR ORGANISATION"'


class UnlockedKey:
    """A key that can sign (ports.Signer). Holds private keys in memory: never stored, printed or sent."""

    __slots__ = ("_checkpoint_key", "_cosignature_key", "_key", "_public")

    def __init__(self, public: PublicKey, secrets: Secrets) -> None:
        self._public = public
        self._key = secrets.key
        self._checkpoint_key = secrets.checkpoint_key
        self._cosignature_key = secrets.cosignature_key

    def __repr__(self) -> str:
        return f"<UnlockedKey {_called(self._public)}>"

    @property
    def public(self) -> PublicKey:
        """Certificate and public keys."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """ECDSA P-256 with SHA-256 over `message`: 64 bytes r‖s, s in the lower half."""
        return sign_p256(self._key, message)

    def sign_checkpoint(self, message: bytes) -> bytes:
        """Ed25519 (RFC 8032) over `message` with the checkpoint key: 64 bytes."""
        return self._checkpoint_key.sign(message)

    def sign_cosignature(self, message: bytes) -> bytes:
        """Ed25519 (RFC 8032) over `message` with the cosignature key: 64 bytes."""
        return self._cosignature_key.sign(message)


class FileKeyStore:
    """The keys in one folder (ports.KeyStore): `<key id>.json` each, readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(
        self, *, name: str, organisation: str, email: str | None, passphrase: str, now: datetime, entropy: Entropy
    ) -> PublicKey:
        """Make and keep a new key, signed by its own three keys.

        Raises UsageError for a name, address or passphrase that will not do, SigningError when the name is taken, and
        StorageError when it cannot be kept; then nothing was written.
        """
        name, organisation = _same_spelling(name), _same_spelling(organisation)
        try:
            check_holder(name, organisation, email)
        except FormatError as error:
            raise UsageError(error.message, error.hint) from error
        check_new_passphrase(passphrase)
        for other in self.all_keys():
            # Two keys that a person cannot tell apart by name would sign for one another sooner or later.
            if other.name.casefold() == name.casefold():
                raise SigningError(
                    f"there is already a key of that name: {_called(other)}",
                    "use that key, or give the new one a name that tells them apart",
                )
        secrets = Secrets(
            ec.generate_private_key(ec.SECP256R1()), Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        )
        public = _make_public(secrets, name, organisation, email, now)
        self._keep(encrypt(secrets, verify_public_key(public), passphrase, entropy))
        return public

    def all_keys(self) -> tuple[PublicKey, ...]:
        """Every kept key, by name. Raises FormatError, naming the file, for one that cannot be read."""
        try:
            paths = list(self._folder.iterdir())
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StorageError(
                f"the folder of keys cannot be read: {self._folder}: {error.strerror}",
                "check the disk and whose the folder is",
            ) from error
        # A dot in front: files half written by a crash, and what macOS leaves on foreign disks (._NAME).
        named = [path for path in paths if path.suffix == SUFFIX and not path.name.startswith(".")]
        found = [_read(path).public for path in named]
        return tuple(sorted(found, key=lambda public: (public.name.casefold(), public.name, public.key_id)))

    def find(self, wanted: str | None) -> PublicKey:
        """The key of this name (exact, else in any case) or key id, or its beginning of 8 characters or more.

        None asks for the only key, or the only one that is no pseudonym. Raises SigningError when there is none, or
        more than one.
        """
        keys = self.all_keys()
        if not keys:
            raise SigningError("there is no key yet", f"make one: {_CREATE}")
        if wanted is None:
            keys = tuple(key for key in keys if self.reserved_for(key) is None) or keys
            return _only(keys, f"there are {len(keys)} keys")
        text = _same_spelling(wanted)
        folded = text.casefold()
        for matching in (
            [key for key in keys if key.name == text],
            [key for key in keys if key.name.casefold() == folded],
            [key for key in keys if len(folded) >= SHORT_KEY_ID and key.key_id.startswith(folded)],
        ):
            if matching:
                return _only(matching, f"{len(matching)} keys are called {wanted!r}")
        raise SigningError(
            f"there is no key {wanted!r}; there is {_listed(keys)}",
            f"name one of these, or make a new one: {_CREATE}",
        )

    def export(self, key: PublicKey) -> bytes:
        """The public file, signed by all three keys, after checking once more that it holds."""
        return format_public_key(verify_public_key(key))

    def sealed(self, key: PublicKey) -> bytes:
        """The encrypted file of a key, for a backup or a recovery sheet. Raises SigningError when it is not here."""
        return format_key_file(_read(self._path(key)))

    def restore(self, data: bytes) -> PublicKey:
        """Keep an encrypted key file from a recovery sheet. Raises FormatError, StorageError.

        Raises SigningError when its key is here already: what is there is not replaced.
        """
        file = parse_key_file(data)
        if self._path(file.public).exists():
            raise SigningError(
                f"this key is here already: {_called(file.public)}", "nothing was changed; see custody key list"
            )
        self._keep(file)
        return file.public

    def put_back(self, data: bytes) -> PublicKey:
        """Keep an encrypted key file from a backup, unless its key is here. Raises FormatError, StorageError."""
        file = parse_key_file(data)
        if not self._path(file.public).exists():
            self._keep(file)
        return file.public

    def reserve(self, key: PublicKey, case: str) -> None:
        """Remember that this key is a pseudonym in that case, and for no other. Raises StorageError."""
        path = self._path(key).with_suffix(RESERVED)
        try:
            if not self.reserved_for(key):  # none, or for a case that was not open yet
                beside = path.with_name(f".{path.name}.part")
                beside.unlink(missing_ok=True)
                _write_new(beside, f"{case}\n".encode("ascii"))
                beside.replace(path)
                disk.sync(self._folder)
        except OSError as error:
            raise StorageError(f"{path} could not be written: {error.strerror}", "check the disk") from error

    def reserved_for(self, key: PublicKey) -> str | None:
        """The id of the one case that this key is a pseudonym in, empty before it is open; None for an ordinary key."""
        path = self._path(key).with_suffix(RESERVED)
        try:
            with path.open("rb") as stream:
                return stream.read(64).decode("ascii", "replace").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"{path} cannot be read: {error.strerror}", "check the disk") from error

    def unlock(self, key: PublicKey, passphrase: str) -> UnlockedKey:
        """The key, ready to sign.

        Raises WrongPassphrase when the passphrase does not open the file or the file was altered, SigningError when
        the private key is not here.
        """
        file = _read(self._path(key))
        return UnlockedKey(file.public, decrypt(file, passphrase))

    def _path(self, key: PublicKey) -> Path:
        return self._folder / (key.key_id + SUFFIX)

    def _keep(self, file: KeyFile) -> None:
        path = self._path(file.public)
        beside = path.with_name(f".{path.name}.part")
        try:
            # The mode counts for a new folder only; one that the person made otherwise keeps hers.
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_new(beside, format_key_file(file))
            beside.replace(path)
            disk.sync(self._folder)
        except OSError as error:
            for leftover in (beside, path):
                with suppress(OSError):
                    leftover.unlink()
            raise StorageError(
                f"the key could not be kept in {self._folder}: {error.strerror}",
                "nothing was made; see to it and try again",
            ) from error


def _make_public(secrets: Secrets, name: str, organisation: str, email: str | None, now: datetime) -> PublicKey:
    unsigned = PublicKey(
        certificate=make_certificate(secrets.key, name=name, organisation=organisation, email=email, now=now),
        key=spki_bytes(secrets.key.public_key()),
        checkpoint_key=secrets.checkpoint_key.public_key().public_bytes_raw(),
        cosignature_key=secrets.cosignature_key.public_key().public_bytes_raw(),
        name=name,
        organisation=organisation,
        email=email,
        signatures=KeySignatures(bytes(RAW_SIZE), bytes(ED25519_SIGNATURE_SIZE), bytes(ED25519_SIGNATURE_SIZE)),
    )
    message = signed_bytes(unsigned)
    signatures = KeySignatures(
        key=sign_p256(secrets.key, message),
        checkpoint_key=secrets.checkpoint_key.sign(message),
        cosignature_key=secrets.cosignature_key.sign(message),
    )
    return replace(unsigned, signatures=signatures)


def _read(path: Path) -> KeyFile:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise StorageError(f"{path} is not a plain file", "move it out of that folder")
        with path.open("rb") as stream:
            data = stream.read(MAX_KEY_FILE + 1)
    except FileNotFoundError as error:
        raise SigningError(
            f"this private key is not on this computer: there is no file {path}",
            "copy it there from where the key was made, or choose another key",
        ) from error
    except OSError as error:
        raise StorageError(
            f"the key file cannot be read: {path}: {error.strerror}", "check the disk and whose the file is"
        ) from error
    try:
        file = parse_key_file(data)
        if path.name != file.public.key_id + SUFFIX:
            raise FormatError("its name is not that of the key in it")
    except FormatError as error:
        raise FormatError(
            f"not a key file that can be read: {path}: {error.message}",
            "move it out of that folder, or put back a copy from before it was damaged",
        ) from error
    return file


def _write_new(path: Path, data: bytes) -> None:
    """Write a file that did not exist, readable by its owner alone from its first moment, down to the disk."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _same_spelling(text: str) -> str:
    """NFC, so that a name typed on another keyboard is still the same name."""
    return unicodedata.normalize("NFC", text)


def _called(key: PublicKey) -> str:
    return f"{key.name} ({key.key_id[:SHORT_KEY_ID]})"


def _listed(keys: Iterable[PublicKey]) -> str:
    return ", ".join(_called(key) for key in keys)


def _only(keys: Iterable[PublicKey], complaint: str) -> PublicKey:
    first, *others = keys
    if others:
        raise SigningError(
            f"{complaint}: {_listed([first, *others])}", f"say which, for example: --key {first.key_id[:SHORT_KEY_ID]}"
        )
    return first
