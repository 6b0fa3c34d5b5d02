"""C2SP signed notes: a text and signatures by named Ed25519 keys. Knows nothing of what the text says.

<https://c2sp.org/signed-note>
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from custody.errors import FormatError, SignatureMismatch
from custody.formats.encoding import format_base64, parse_base64, parse_hex
from custody.formats.signature import verify_ed25519

ED25519 = 0x01
MAX_NOTE = 1_000_000  # bytes; a checkpoint has some 200
MAX_SIGNATURES = 100  # the specification asks readers to take at least 16
KEY_ID_SIZE = 4


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A named Ed25519 public key (32 bytes), as written in a vkey."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if len(self.public) != 32:
            raise FormatError("an Ed25519 public key has 32 bytes")

    @property
    def key_id(self) -> bytes:
        """SHA-256(name ‖ 0A ‖ type ‖ public key), first four bytes."""
        return key_id(self.name, ED25519, self.public)


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line, unverified."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A read note. Its text is *unverified* until `open_note` returned it."""

    unverified_text: str
    signatures: tuple[NoteSignature, ...]


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """SHA-256(name ‖ 0A ‖ type ‖ public key), first four bytes. `kind` is the type, one byte."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:KEY_ID_SIZE]


def format_vkey(key: VerifierKey) -> str:
    """The vkey of the key."""
    return format_typed_key(key.name, ED25519, key.public)


def parse_vkey(text: str) -> VerifierKey:
    """The key of a vkey. Raises FormatError for another key type, or a key id that is not the key's."""
    return VerifierKey(*parse_typed_key(text, ED25519, "verifier"))


def format_typed_key(name: str, kind: int, public: bytes) -> str:
    """The vkey `name+hex(key id)+base64(type ‖ public key)` of a key of any type."""
    return f"{name}+{key_id(name, kind, public).hex()}+{format_base64(bytes([kind]) + public)}"


def parse_typed_key(text: str, kind: int, what: str) -> tuple[str, bytes]:
    """Name and public key (of any size) of a vkey of this Ed25519 type; `what` it is the key of, for messages.

    Raises FormatError for another key type, a name that is none, or a key id that is not the key's.
    """
    name, _, rest = text.partition("+")
    identity, _, encoded = rest.partition("+")  # base64 may itself contain a plus sign
    blob = parse_base64(encoded)
    if blob[:1] != bytes([kind]):
        raise FormatError(f"not a {what} key (Ed25519, type {kind:02})")
    check_key_name(name)
    if parse_hex(identity, KEY_ID_SIZE) != key_id(name, kind, blob[1:]):
        raise FormatError(f"the {what} key's id is not that of its name and key")
    return name, blob[1:]


def sign_note(text: str, signers: Iterable[tuple[VerifierKey, Callable[[bytes], bytes]]]) -> Note:
    """A note over `text`, signed by each (key, signing function)."""
    message = _check_text(text)
    signatures = tuple(NoteSignature(key.name, key.key_id, sign(message)) for key, sign in signers)
    _check_count(len(signatures))
    return Note(text, signatures)


def format_note(note: Note) -> bytes:
    """The note's bytes: the text, an empty line, one line a signature."""
    return f"{note.unverified_text}\n{format_signatures(note.signatures)}".encode()


def parse_note(data: bytes) -> Note:
    """Read a note without believing it. Raises FormatError for what the specification does not allow."""
    if len(data) > MAX_NOTE:
        raise FormatError(f"a note of {len(data)} bytes is larger than {MAX_NOTE}")
    try:
        content = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError("a note must be UTF-8") from error
    body, blank, block = content.rpartition("\n\n")  # the *last* empty line: the text may contain others
    if not blank or not block.endswith("\n"):
        raise FormatError("a note ends with an empty line and its signature lines")
    text = body + "\n"
    _check_text(text)
    return Note(text, parse_signatures(block))


def format_signatures(signatures: Iterable[NoteSignature]) -> str:
    """The signature lines alone, each ended by a line feed."""
    return "".join(f"— {line.name} {format_base64(line.key_id + line.signature)}\n" for line in signatures)


def parse_signatures(block: str) -> tuple[NoteSignature, ...]:
    """Signature lines alone, unverified. Raises FormatError unless there are 1 to MAX_SIGNATURES, each ended."""
    if not block.endswith("\n"):
        raise FormatError("a signature line ends with a line feed")
    if (count := block.count("\n")) > MAX_SIGNATURES:  # counted before they are cut apart: a stranger chose how many
        _check_count(count)
    return tuple(_parse_signature(line) for line in block[:-1].split("\n"))


def open_note(note: Note, keys: Sequence[VerifierKey]) -> str:
    """The verified text. Unknown keys are passed over; a known key's wrong signature refuses the note.

    Raises SignatureMismatch when a known key's signature fails, or none of `keys` signed.
    """
    known = {(key.name, key.key_id): key for key in keys}
    message = note.unverified_text.encode("utf-8")
    verified = False
    for line in note.signatures:
        key = known.get((line.name, line.key_id))
        if key is not None:
            verify_ed25519(key.public, line.signature, message)
            verified = True
    if not verified:
        raise SignatureMismatch("none of the expected keys signed this note")
    return note.unverified_text


def _parse_signature(line: str) -> NoteSignature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "—":
        raise FormatError("a signature line begins with an em dash")
    check_key_name(name)
    blob = parse_base64(encoded)
    if len(blob) <= KEY_ID_SIZE:
        raise FormatError("a signature line without a signature")
    return NoteSignature(name, blob[:KEY_ID_SIZE], blob[KEY_ID_SIZE:])


def _check_count(signatures: int) -> None:
    if not 1 <= signatures <= MAX_SIGNATURES:
        raise FormatError(f"a note has 1 to {MAX_SIGNATURES} signatures, not {signatures}")


def check_key_name(name: str) -> None:
    """Raise FormatError for what cannot be the name of a key in a note."""
    if not name or "+" in name or any(character.isspace() for character in name):
        raise FormatError("a key name is not empty and has neither spaces nor a plus sign")
    if any(character < " " or "\ud800" <= character <= "\udfff" for character in name):
        raise FormatError("a key name has no control characters and no lone surrogates")


def _check_text(text: str) -> bytes:
    if not text.endswith("\n"):
        raise FormatError("a note's text ends with a line feed")
    if any(ord(character) < 0x20 and character != "\n" for character in text):
        raise FormatError("a note has no control characters but line feeds")
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise FormatError("a note must be UTF-8") from error
