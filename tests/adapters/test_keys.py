"""The folder of keys, with real cryptography and real files: what is kept, what opens it, and what is refused."""

import base64
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from custody.adapters.keys import FileKeyStore
from custody.adapters.keys.certificate import make_certificate
from custody.adapters.keys.keyfile import (
    MAX_KEY_FILE,
    decrypt,
    format_key_file,
    parse_key_file,
)
from custody.errors import (
    FormatError,
    SignatureMismatch,
    SigningError,
    StorageError,
    UsageError,
    WrongPassphrase,
)
from custody.formats import canonical
from custody.formats.publickey import PublicKey, parse_public_key, verify_public_key
from custody.ports import KeyStore, Signer

NOW = datetime(2026, 11, 24, 3, 2, 1, 987654, tzinfo=UTC)
PASSPHRASE = "correct horse, 4 staples"
ENOUGH_FOR_X509 = {"name": "Ana Díaz", "organisation": "Archivo Común", "email": "ana@example.org"}

posix_only = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")


def create(
    folder: Path, name: str = "Ana Díaz", passphrase: str = PASSPHRASE, **changes: Any
) -> tuple[FileKeyStore, PublicKey]:
    store = FileKeyStore(folder)
    arguments = {"organisation": "Archivo Común", "email": "ana@example.org", "now": NOW, "entropy": os.urandom}
    return store, store.create(name=name, passphrase=passphrase, **{**arguments, **changes})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[PublicKey, PublicKey]]:
    """A folder with two keys, made once: each costs a run of Argon2id. Tests that change it use `folder`."""
    folder = tmp_path_factory.mktemp("made") / "keys"
    _, ana = create(folder)
    _, bo = create(folder, "Bo Søn", "another long one", email=None)
    return folder, (ana, bo)


@pytest.fixture
def folder(made: tuple[Path, tuple[PublicKey, PublicKey]], tmp_path: Path) -> Path:
    """A copy of the folder with two keys, for this test alone."""
    return Path(shutil.copytree(made[0], tmp_path / "keys"))


@pytest.fixture
def ana(made: tuple[Path, tuple[PublicKey, PublicKey]]) -> PublicKey:
    return made[1][0]


@pytest.fixture
def bo(made: tuple[Path, tuple[PublicKey, PublicKey]]) -> PublicKey:
    return made[1][1]


def file_of(folder: Path, key: PublicKey) -> Path:
    return folder / f"{key.key_id}.json"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def bound(stored: dict[str, Any]) -> bytes:
    """What the ciphertext is authenticated with."""
    members = {name: stored[name] for name in ("kdf", "public", "type")}
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def opened(path: Path, passphrase: str = PASSPHRASE) -> bytes:
    """The private part of a stored key, with nothing of ours."""
    stored = json.loads(path.read_bytes())
    salt, nonce, sealed = (
        base64.b64decode(text) for text in (stored["kdf"]["salt"], stored["nonce"], stored["ciphertext"])
    )
    secret = Argon2id(salt=salt, length=32, iterations=3, lanes=4, memory_cost=65536).derive(passphrase.encode())
    return AESGCM(secret).decrypt(nonce, sealed, bound(stored))


def forge(path: Path, plain: bytes) -> None:
    """Give the key file another private part, rightly encrypted, as whoever knows the passphrase could."""
    stored = json.loads(path.read_bytes())
    stored["kdf"].update(iterations=1, lanes=1, memory_kib=128)
    salt, nonce = base64.b64decode(stored["kdf"]["salt"]), base64.b64decode(stored["nonce"])
    secret = Argon2id(salt=salt, length=32, iterations=1, lanes=1, memory_cost=128).derive(PASSPHRASE.encode())
    stored["ciphertext"] = base64.b64encode(AESGCM(secret).encrypt(nonce, plain, bound(stored))).decode()
    path.write_bytes(canonical.encode(stored))


# Making


def test_a_made_key_is_listed(folder: Path, ana: PublicKey, bo: PublicKey) -> None:
    assert FileKeyStore(folder).all_keys() == (ana, bo)


def test_a_made_key_says_what_was_given(ana: PublicKey) -> None:
    assert (ana.name, ana.organisation, ana.email) == ("Ana Díaz", "Archivo Común", "ana@example.org")


def test_the_store_and_its_signer_fulfil_the_ports(folder: Path, ana: PublicKey) -> None:
    store: KeyStore = FileKeyStore(folder)
    signer: Signer = store.unlock(ana, PASSPHRASE)
    assert signer.public == ana


def test_one_file_a_key_is_kept_and_nothing_beside(folder: Path, ana: PublicKey, bo: PublicKey) -> None:
    assert set(contents(folder)) == {f"{ana.key_id}.json", f"{bo.key_id}.json"}


@posix_only
def test_only_the_owner_can_read_key_and_folder_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        _, key = create(tmp_path / "home" / "keys")
    finally:
        os.umask(before)
    modes = [
        stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / "home" / "keys", file_of(tmp_path / "home" / "keys", key))
    ]
    assert modes == [0o700, 0o600]


def test_the_key_derivation_is_the_second_choice_of_rfc_9106(folder: Path, ana: PublicKey) -> None:
    kdf = json.loads(file_of(folder, ana).read_bytes())["kdf"]
    salt = base64.b64decode(kdf.pop("salt"))
    assert (len(salt), kdf) == (16, {"name": "argon2id", "iterations": 3, "lanes": 4, "memory_kib": 65536})


def test_salt_and_nonce_come_from_the_entropy_that_was_given(tmp_path: Path) -> None:
    _, key = create(tmp_path, entropy=lambda size: bytes(range(size)))
    stored = json.loads(file_of(tmp_path, key).read_bytes())
    salt, nonce = base64.b64decode(stored["kdf"]["salt"]), base64.b64decode(stored["nonce"])
    assert (salt, nonce) == (bytes(range(16)), bytes(range(12)))


def test_a_stored_key_opens_with_nothing_of_ours(folder: Path, ana: PublicKey) -> None:
    plain = json.loads(opened(file_of(folder, ana)))
    seeds = [base64.b64decode(plain[name]) for name in ("checkpoint_key", "cosignature_key")]
    public = [Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw() for seed in seeds]
    key = load_der_private_key(base64.b64decode(plain["key"]), None).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert [der, *public] == [ana.key, ana.checkpoint_key, ana.cosignature_key]


def test_no_private_key_stands_in_the_file(folder: Path, ana: PublicKey) -> None:
    data = file_of(folder, ana).read_bytes()
    secrets = decrypt(parse_key_file(data), PASSPHRASE)
    number = secrets.key.private_numbers().private_value.to_bytes(32, "big")
    private = [number, secrets.checkpoint_key.private_bytes_raw(), secrets.cosignature_key.private_bytes_raw()]
    texts = re.findall(r'":"([A-Za-z0-9+/]{40,}={0,2})"', data.decode())
    everything = data + b"".join(base64.b64decode(text) for text in texts)
    assert len(texts) == 8
    assert [seed in everything for seed in private] == [False, False, False]


@pytest.mark.parametrize("passphrase", ["", "short", "1234567", "\udcff" * 9])
def test_an_unfit_passphrase_is_refused_with_a_hint_and_nothing_is_made(tmp_path: Path, passphrase: str) -> None:
    with pytest.raises(UsageError) as caught:
        create(tmp_path / "keys", passphrase=passphrase)
    assert (bool(caught.value.hint), (tmp_path / "keys").exists()) == (True, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "n" * 65},
        {"name": "Ana\u202e"},
        {"organisation": "Archivo\n"},
        {"organisation": "n" * 65},
        {"email": "ána@example.org"},
    ],
    ids=ascii,
)
def test_what_a_certificate_cannot_hold_is_refused_with_a_hint(tmp_path: Path, changes: dict[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        create(tmp_path / "keys", **changes)
    assert (bool(caught.value.hint), (tmp_path / "keys").exists()) == (True, False)


@pytest.mark.parametrize("name", ["Ana Díaz", "Ana Di\u0301az", "ANA DÍAZ"])
def test_a_second_key_of_the_same_name_is_refused(folder: Path, name: str) -> None:
    before = contents(folder)
    with pytest.raises(SigningError, match="already a key of that name"):
        create(folder, name)
    assert contents(folder) == before


def test_a_name_of_64_characters_is_taken_in_any_script(tmp_path: Path) -> None:
    name = "श्री" * 16
    store, key = create(tmp_path, name, organisation=name)
    assert parse_public_key(store.export(key)).name == name


def test_a_key_that_cannot_be_kept_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file where the folder should be")
    with pytest.raises(StorageError):
        create(tmp_path / "keys")
    assert contents(tmp_path) == {"keys": b"a file where the folder should be"}


@pytest.mark.parametrize("moment", ["replace", "fsync"])
def test_a_disk_that_fails_while_the_key_is_kept_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def fails(*arguments: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*{"replace": (Path, "replace"), "fsync": (os, "fsync")}[moment], fails)
    with pytest.raises(StorageError, match="No space left"):
        create(tmp_path / "keys")
    assert contents(tmp_path / "keys") == {}


def test_a_folder_that_does_not_reach_the_disk_leaves_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def fails_the_second_time(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fails_the_second_time)
    with pytest.raises(StorageError, match="Input/output"):
        create(tmp_path / "keys")
    assert contents(tmp_path / "keys") == {}


# The certificate


def the_certificate(now: datetime = NOW, **changes: str | None) -> x509.Certificate:
    from cryptography.hazmat.primitives.asymmetric import ec

    fields: dict[str, Any] = {**ENOUGH_FOR_X509, **changes}
    return x509.load_der_x509_certificate(make_certificate(ec.generate_private_key(ec.SECP256R1()), now=now, **fields))


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        (NOW, datetime(2026, 11, 24, 3, 2, 1), datetime(2036, 11, 24, 3, 2, 1)),
        (
            datetime(2028, 2, 29, 23, 59, 59, 999999, UTC),
            datetime(2028, 2, 29, 23, 59, 59),
            datetime(2038, 2, 28, 23, 59, 59),
        ),
        (
            datetime(2026, 1, 1, 1, 0, 0, 0, timezone(timedelta(hours=5))),
            datetime(2025, 12, 31, 20),
            datetime(2035, 12, 31, 20),
        ),
        (datetime(2045, 6, 1, tzinfo=UTC), datetime(2045, 6, 1), datetime(2055, 6, 1)),
    ],
    ids=["fraction", "leap-day", "another-zone", "beyond-2050"],
)
def test_a_certificate_is_valid_for_ten_years_from_the_second_it_was_made(
    now: datetime, start: datetime, end: datetime
) -> None:
    made = the_certificate(now)
    assert (made.not_valid_before_utc, made.not_valid_after_utc) == (
        start.replace(tzinfo=UTC),
        end.replace(tzinfo=UTC),
    )


def test_a_certificate_is_for_signing_documents_and_nothing_else() -> None:
    made = the_certificate()
    extensions = {extension.oid.dotted_string: (extension.critical, extension.value) for extension in made.extensions}
    usage = dict.fromkeys(
        [
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ],
        False,
    )
    assert extensions == {
        "2.5.29.19": (True, x509.BasicConstraints(ca=False, path_length=None)),
        "2.5.29.15": (True, x509.KeyUsage(digital_signature=True, content_commitment=True, **usage)),
        "2.5.29.37": (False, x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")])),
        "2.5.29.14": (False, x509.SubjectKeyIdentifier.from_public_key(made.public_key())),
        "2.5.29.17": (False, x509.SubjectAlternativeName([x509.RFC822Name("ana@example.org")])),
    }


def test_a_certificate_without_an_address_has_no_alternative_name() -> None:
    with pytest.raises(x509.ExtensionNotFound):
        the_certificate(email=None).extensions.get_extension_for_class(x509.SubjectAlternativeName)


def test_two_certificates_have_different_serial_numbers() -> None:
    assert the_certificate().serial_number != the_certificate().serial_number


def test_openssl_verifies_the_certificate(ana: PublicKey, tmp_path: Path, program: Callable[[str], Path]) -> None:
    openssl = program("openssl")
    pem = tmp_path / "ana.pem"
    (tmp_path / "ana.der").write_bytes(ana.certificate)
    subprocess.run([openssl, "x509", "-inform", "DER", "-in", tmp_path / "ana.der", "-out", pem], check=True)
    # The moment is given: the test's certificate begins on a date of its own.
    moment = str(int(NOW.timestamp()) + 1)
    strict: list[str | Path] = [
        openssl,
        "verify",
        "-x509_strict",
        "-check_ss_sig",
        "-attime",
        moment,
        "-CAfile",
        pem,
        pem,
    ]
    verified = subprocess.run(strict, check=False, capture_output=True, text=True)
    assert (verified.returncode, verified.stdout) == (0, f"{pem}: OK\n"), verified.stderr


def test_openssl_reads_the_certificate_as_it_was_meant(
    ana: PublicKey, tmp_path: Path, program: Callable[[str], Path]
) -> None:
    (tmp_path / "ana.der").write_bytes(ana.certificate)
    command: list[str | Path] = [
        program("openssl"),
        "x509",
        "-inform",
        "DER",
        "-in",
        tmp_path / "ana.der",
        "-noout",
        "-text",
    ]
    command += ["-nameopt", "utf8,sep_comma_plus"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8").stdout
    wanted = [
        "Version: 3 (0x2)",
        "Signature Algorithm: ecdsa-with-SHA256",
        "Subject: CN=Ana Díaz,O=Archivo Común",
        "ASN1 OID: prime256v1",
        "CA:FALSE",
        "Digital Signature, Non Repudiation",
        "email:ana@example.org",
        "Not After : Nov 24 03:02:01 2036 GMT",
    ]
    assert [text for text in wanted if text not in lines] == []


def test_the_key_id_is_what_openssl_computes_of_the_certificate(
    ana: PublicKey, tmp_path: Path, program: Callable[[str], Path]
) -> None:
    (tmp_path / "ana.der").write_bytes(ana.certificate)
    openssl = program("openssl")
    pem = subprocess.run(
        [openssl, "x509", "-inform", "DER", "-in", tmp_path / "ana.der", "-noout", "-pubkey"],
        capture_output=True,
        check=True,
    ).stdout
    der = subprocess.run(
        [openssl, "pkey", "-pubin", "-outform", "DER"], input=pem, capture_output=True, check=True
    ).stdout
    assert hashlib.sha256(der).hexdigest() == ana.key_id


# Exporting


def test_an_exported_key_holds_by_an_independent_check(folder: Path, ana: PublicKey) -> None:
    members = json.loads(FileKeyStore(folder).export(ana))
    raw = {name: base64.b64decode(members[name]) for name in ("key", "checkpoint_key", "cosignature_key")}
    given = {name: base64.b64decode(text) for name, text in members.pop("signatures").items()}
    body = json.dumps(members, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    kind = "application/vnd.custody.public-key.v1+json"
    message = f"DSSEv1 {len(kind)} {kind} {len(body)} ".encode() + body
    r, s = int.from_bytes(given["key"][:32], "big"), int.from_bytes(given["key"][32:], "big")
    key: Any = load_der_public_key(raw["key"])
    key.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))  # each raises unless it holds
    Ed25519PublicKey.from_public_bytes(raw["checkpoint_key"]).verify(given["checkpoint_key"], message)
    Ed25519PublicKey.from_public_bytes(raw["cosignature_key"]).verify(given["cosignature_key"], message)
    certificate = x509.load_der_x509_certificate(base64.b64decode(members["certificate"]))
    assert certificate.public_key() == key


def test_an_exported_key_is_read_back_and_believed(folder: Path, ana: PublicKey) -> None:
    assert verify_public_key(parse_public_key(FileKeyStore(folder).export(ana))) == ana


def test_an_altered_public_part_is_not_exported(folder: Path, ana: PublicKey) -> None:
    path = file_of(folder, ana)
    path.write_bytes(path.read_bytes().replace(b'"name":"Ana D', b'"name":"Eva D'))
    store = FileKeyStore(folder)
    with pytest.raises(SignatureMismatch):
        store.export(store.find("Eva Díaz"))


# Finding


@pytest.mark.parametrize("wanted", ["Ana Díaz", "ana díaz", "ANA DI\u0301AZ"])
def test_a_key_is_found_by_name(folder: Path, ana: PublicKey, wanted: str) -> None:
    assert FileKeyStore(folder).find(wanted) == ana


@pytest.mark.parametrize("length", [8, 9, 63, 64])
def test_a_key_is_found_by_its_id_or_the_beginning_of_it(folder: Path, bo: PublicKey, length: int) -> None:
    assert FileKeyStore(folder).find(bo.key_id[:length].upper()) == bo


@pytest.mark.parametrize("length", [0, 1, 7])
def test_less_than_eight_characters_of_an_id_find_nothing(folder: Path, bo: PublicKey, length: int) -> None:
    with pytest.raises(SigningError, match="there is no key"):
        FileKeyStore(folder).find(bo.key_id[:length])


def test_the_only_key_is_found_without_a_name(folder: Path, ana: PublicKey, bo: PublicKey) -> None:
    file_of(folder, bo).unlink()
    assert FileKeyStore(folder).find(None) == ana


def test_with_two_keys_one_must_be_named(folder: Path, ana: PublicKey, bo: PublicKey) -> None:
    with pytest.raises(SigningError) as caught:
        FileKeyStore(folder).find(None)
    assert (caught.value.message, caught.value.hint) == (
        f"there are 2 keys: Ana Díaz ({ana.key_id[:8]}), Bo Søn ({bo.key_id[:8]})",
        f"say which, for example: --key {ana.key_id[:8]}",
    )


@pytest.mark.parametrize("wanted", [None, "Ana Díaz"])
def test_without_any_key_the_hint_says_how_to_make_one(tmp_path: Path, wanted: str | None) -> None:
    with pytest.raises(SigningError) as caught:
        FileKeyStore(tmp_path / "keys").find(wanted)
    assert (caught.value.message, caught.value.hint) == (
        "there is no key yet",
        'make one: custody key create --name "YOUR NAME" --organisation "YOUR ORGANISATION"',
    )


def test_an_unknown_name_is_answered_with_what_there_is(folder: Path, ana: PublicKey, bo: PublicKey) -> None:
    with pytest.raises(SigningError) as caught:
        FileKeyStore(folder).find("Eva\x1b[2J")
    assert caught.value.message == (
        f"there is no key 'Eva\\x1b[2J'; there is Ana Díaz ({ana.key_id[:8]}), Bo Søn ({bo.key_id[:8]})"
    )


@pytest.fixture
def namesakes(tmp_path: Path) -> tuple[FileKeyStore, PublicKey, PublicKey]:
    """Two names that differ in case, made on two computers and copied together."""
    _, ana = create(tmp_path / "here", "Ana")
    _, other = create(tmp_path / "there", "ANA")
    shutil.copy(file_of(tmp_path / "there", other), tmp_path / "here")
    return FileKeyStore(tmp_path / "here"), ana, other


def test_an_exact_name_goes_before_one_in_another_case(
    namesakes: tuple[FileKeyStore, PublicKey, PublicKey],
) -> None:
    store, ana, other = namesakes
    assert (store.find("Ana"), store.find("ANA")) == (ana, other)


def test_a_name_that_two_keys_have_is_refused(namesakes: tuple[FileKeyStore, PublicKey, PublicKey]) -> None:
    store, _, _ = namesakes
    with pytest.raises(SigningError, match="2 keys are called 'ana'"):
        store.find("ana")


# Unlocking and signing


def test_an_unlocked_key_signs_statements_with_low_s(folder: Path, ana: PublicKey) -> None:
    signature = FileKeyStore(folder).unlock(ana, PASSPHRASE).sign(b"a statement")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key: Any = load_der_public_key(ana.key)
    key.verify(encode_dss_signature(r, s), b"a statement", ECDSA(SHA256()))
    assert 0 < s <= 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551 // 2


def test_an_unlocked_key_signs_checkpoints_with_the_checkpoint_key(folder: Path, ana: PublicKey) -> None:
    signature = FileKeyStore(folder).unlock(ana, PASSPHRASE).sign_checkpoint(b"a checkpoint\n")
    Ed25519PublicKey.from_public_bytes(ana.checkpoint_key).verify(signature, b"a checkpoint\n")
    assert len(signature) == 64


def test_an_unlocked_key_cosigns_with_the_key_for_that(folder: Path, ana: PublicKey) -> None:
    signature = FileKeyStore(folder).unlock(ana, PASSPHRASE).sign_cosignature(b"cosignature/v1\n")
    Ed25519PublicKey.from_public_bytes(ana.cosignature_key).verify(signature, b"cosignature/v1\n")


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE + " ", PASSPHRASE.upper(), "another long one"])
def test_a_wrong_passphrase_is_refused_and_changes_nothing(folder: Path, ana: PublicKey, passphrase: str) -> None:
    before = contents(folder)
    with pytest.raises(WrongPassphrase) as caught:
        FileKeyStore(folder).unlock(ana, passphrase)
    assert (contents(folder), caught.value.exit_code) == (before, 7)


def test_a_wrong_passphrase_is_answered_with_both_possibilities(folder: Path, ana: PublicKey) -> None:
    with pytest.raises(WrongPassphrase) as caught:
        FileKeyStore(folder).unlock(ana, "something else")
    assert ("type it again" in caught.value.hint, "was changed or damaged" in caught.value.hint) == (True, True)


def test_a_passphrase_is_the_same_however_its_accents_are_typed(tmp_path: Path) -> None:
    store, key = create(tmp_path, passphrase="caf\u00e9 au lait")
    assert store.unlock(key, "cafe\u0301 au lait").public == key


def test_characters_that_merely_look_alike_are_different_passphrases(tmp_path: Path) -> None:
    store, key = create(tmp_path, passphrase="12345678²")
    with pytest.raises(WrongPassphrase):
        store.unlock(key, "123456782")


def test_a_passphrase_that_is_not_text_is_refused(folder: Path, ana: PublicKey) -> None:
    with pytest.raises(UsageError):
        FileKeyStore(folder).unlock(ana, PASSPHRASE + "\udcff")


def test_a_key_that_is_not_here_cannot_be_unlocked(folder: Path, ana: PublicKey) -> None:
    file_of(folder, ana).unlink()
    with pytest.raises(SigningError, match="not on this computer"):
        FileKeyStore(folder).unlock(ana, PASSPHRASE)


def test_no_secret_is_in_a_repr_or_a_message(folder: Path, ana: PublicKey) -> None:
    store = FileKeyStore(folder)
    secrets = decrypt(parse_key_file(file_of(folder, ana).read_bytes()), PASSPHRASE)
    with pytest.raises(WrongPassphrase) as caught:
        store.unlock(ana, "a secret that was mistyped")
    shown = f"{secrets!r} {caught.value!r} {caught.value.hint}"
    assert re.search(r"(?i)private|Ed25519|mistyped|correct horse", shown) is None


def test_an_unlocked_key_shows_its_name_and_no_more(folder: Path, ana: PublicKey) -> None:
    assert repr(FileKeyStore(folder).unlock(ana, PASSPHRASE)) == f"<UnlockedKey Ana Díaz ({ana.key_id[:8]})>"


def test_unlocking_needs_no_x509(folder: Path, ana: PublicKey) -> None:
    code = (
        "import sys; from pathlib import Path; from custody.adapters.keys import FileKeyStore;"
        "store = FileKeyStore(Path(sys.argv[1]));"
        "store.unlock(store.find('Ana Díaz'), sys.argv[2]).sign(b'');"
        "print('cryptography.x509' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code, folder, PASSPHRASE], capture_output=True, text=True, check=True
    )
    assert result.stdout == "False\n"


# Altered and foreign files


def altered(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    members = json.loads(path.read_bytes())
    change(members)
    path.write_bytes(canonical.encode(members))


def flip(text: str) -> str:
    data = bytearray(base64.b64decode(text))
    data[-1] ^= 1
    return base64.b64encode(data).decode()


ALTERATIONS: dict[str, Callable[[dict[str, Any]], object]] = {
    "ciphertext": lambda file: file.update(ciphertext=flip(file["ciphertext"])),
    "ciphertext-cut": lambda file: file.update(ciphertext=base64.b64encode(bytes(17)).decode()),
    "nonce": lambda file: file.update(nonce=flip(file["nonce"])),
    "salt": lambda file: file["kdf"].update(salt=flip(file["kdf"]["salt"])),
    "iterations": lambda file: file["kdf"].update(iterations=1),
    "lanes": lambda file: file["kdf"].update(lanes=1),
    "memory": lambda file: file["kdf"].update(memory_kib=128),
    "name": lambda file: file["public"].update(name="Eva Díaz"),
    "email": lambda file: file["public"].update(email=None),
    "certificate": lambda file: file["public"].update(certificate=flip(file["public"]["certificate"])),
    "signature": lambda file: file["public"]["signatures"].update(
        checkpoint_key=flip(file["public"]["signatures"]["checkpoint_key"])
    ),
}


@pytest.mark.parametrize("change", ALTERATIONS.values(), ids=ALTERATIONS.keys())
def test_an_altered_file_does_not_open_with_the_right_passphrase(
    folder: Path, ana: PublicKey, change: Callable[[dict[str, Any]], object]
) -> None:
    altered(file_of(folder, ana), change)
    with pytest.raises(WrongPassphrase):
        FileKeyStore(folder).unlock(ana, PASSPHRASE)


@pytest.mark.parametrize("together", [("ciphertext",), ("ciphertext", "kdf", "nonce")], ids="+".join)
def test_another_keys_secrets_do_not_open_under_this_name(
    folder: Path, ana: PublicKey, bo: PublicKey, together: tuple[str, ...]
) -> None:
    other = json.loads(file_of(folder, bo).read_bytes())
    altered(file_of(folder, ana), lambda file: file.update({name: other[name] for name in together}))
    with pytest.raises(WrongPassphrase):
        FileKeyStore(folder).unlock(ana, "another long one")


@pytest.mark.parametrize("which", ["key", "checkpoint_key", "cosignature_key"])
def test_a_private_key_of_another_public_part_is_refused(
    folder: Path, ana: PublicKey, bo: PublicKey, which: str
) -> None:
    plain = json.loads(opened(file_of(folder, ana)))
    plain[which] = json.loads(opened(file_of(folder, bo), "another long one"))[which]
    forge(file_of(folder, ana), canonical.encode(plain))
    with pytest.raises(FormatError, match="belongs to another public part"):
        FileKeyStore(folder).unlock(ana, PASSPHRASE)


@pytest.mark.parametrize(
    "plain", [b"x", b"{}", b'{"checkpoint_key":"","cosignature_key":"","key":""}', b'{"key":"c2VjcmV0"}']
)
def test_a_private_part_that_cannot_be_read_is_refused_without_quoting_it(
    folder: Path, ana: PublicKey, plain: bytes
) -> None:
    forge(file_of(folder, ana), plain)
    with pytest.raises(FormatError) as caught:
        FileKeyStore(folder).unlock(ana, PASSPHRASE)
    assert (caught.value.message, caught.value.__suppress_context__) == (
        "the private part of the key of Ana Díaz cannot be read",
        True,
    )


def test_a_key_file_is_read_and_written_as_the_same_bytes(folder: Path, ana: PublicKey) -> None:
    data = file_of(folder, ana).read_bytes()
    assert format_key_file(parse_key_file(data)) == data


MISSHAPEN: dict[str, Callable[[dict[str, Any]], object]] = {
    "type": lambda file: file.update(type="custody-private-key/v2"),
    "another-member": lambda file: file.update(comment="hello"),
    "without-nonce": lambda file: file.pop("nonce"),
    "without-public": lambda file: file.pop("public"),
    "public-a-string": lambda file: file.update(public="x"),
    "public-with-more": lambda file: file["public"].update(comment="hello"),
    "kdf-another": lambda file: file["kdf"].update(name="pbkdf2"),
    "kdf-with-more": lambda file: file["kdf"].update(rounds=1),
    "memory-a-terabyte": lambda file: file["kdf"].update(memory_kib=10**9),
    "memory-above-the-limit": lambda file: file["kdf"].update(memory_kib=262_145),
    "memory-too-small": lambda file: file["kdf"].update(memory_kib=127),
    "memory-negative": lambda file: file["kdf"].update(memory_kib=-1),
    "memory-a-string": lambda file: file["kdf"].update(memory_kib="65536"),
    "memory-true": lambda file: file["kdf"].update(memory_kib=True),
    "iterations-none": lambda file: file["kdf"].update(iterations=0),
    "iterations-many": lambda file: file["kdf"].update(iterations=11),
    "lanes-none": lambda file: file["kdf"].update(lanes=0),
    "lanes-many": lambda file: file["kdf"].update(lanes=17),
    "salt-short": lambda file: file["kdf"].update(salt="AAAA"),
    "salt-long": lambda file: file["kdf"].update(salt=base64.b64encode(bytes(17)).decode()),
    "nonce-empty": lambda file: file.update(nonce=""),
    "nonce-long": lambda file: file.update(nonce=base64.b64encode(bytes(16)).decode()),
    "ciphertext-empty": lambda file: file.update(ciphertext=""),
    "ciphertext-a-tag-alone": lambda file: file.update(ciphertext=base64.b64encode(bytes(16)).decode()),
    "ciphertext-in-another-alphabet": lambda file: file.update(ciphertext="-_-_" * 20),
}


@pytest.mark.parametrize("change", MISSHAPEN.values(), ids=MISSHAPEN.keys())
def test_a_misshapen_key_file_is_refused_by_name(
    folder: Path, ana: PublicKey, change: Callable[[dict[str, Any]], object]
) -> None:
    altered(file_of(folder, ana), change)
    with pytest.raises(FormatError, match=ana.key_id):
        FileKeyStore(folder).all_keys()


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut-off": lambda data: data[: len(data) // 2],
    "one-byte-less": lambda data: data[:-1],
    "line-feed": lambda data: data + b"\n",
    "not-text": lambda data: b"\xff" * 100,
    "exported-file": lambda data: canonical.encode(json.loads(data)["public"]),
    "huge": lambda data: data + b" " * MAX_KEY_FILE,
    "deep": lambda data: b"[" * 15_000,
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_key_file_is_refused_by_name(folder: Path, ana: PublicKey, change: Callable[[bytes], bytes]) -> None:
    path = file_of(folder, ana)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(FormatError, match=ana.key_id):
        FileKeyStore(folder).all_keys()


def test_a_key_file_beyond_the_limit_is_refused(folder: Path, ana: PublicKey) -> None:
    data = file_of(folder, ana).read_bytes()
    with pytest.raises(FormatError, match="more than 16384"):
        parse_key_file(data.ljust(MAX_KEY_FILE + 1))


def test_a_key_file_under_another_name_is_refused(folder: Path, ana: PublicKey) -> None:
    file_of(folder, ana).rename(folder / "ana.json")
    with pytest.raises(FormatError, match=re.escape("ana.json")):
        FileKeyStore(folder).all_keys()


def test_files_of_another_kind_are_passed_over(folder: Path, ana: PublicKey, bo: PublicKey) -> None:
    for name in ("notes.txt", "._ana.json", f".{ana.key_id}.json.part", "Thumbs.db"):
        (folder / name).write_bytes(b"something else")
    assert FileKeyStore(folder).all_keys() == (ana, bo)


def test_a_folder_named_like_a_key_is_named_in_the_error(folder: Path) -> None:
    (folder / "old.json").mkdir()
    with pytest.raises(StorageError, match=re.escape("old.json")):
        FileKeyStore(folder).all_keys()


def test_no_folder_is_no_keys(tmp_path: Path) -> None:
    assert FileKeyStore(tmp_path / "nowhere").all_keys() == ()


def test_a_file_in_place_of_the_folder_is_an_error_of_storage(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("")
    with pytest.raises(StorageError, match="folder of keys"):
        FileKeyStore(tmp_path / "keys").all_keys()
