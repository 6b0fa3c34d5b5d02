"""Tokens of a real authority are believed for the right reasons, and each other one is refused for its own."""

import hashlib
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ReasonFlags
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from custody.errors import (
    CustodyError,
    FormatError,
    TimestampAlgorithmWeak,
    TimestampAuthorityUnknown,
    TimestampCertificateMissing,
    TimestampChainExpired,
    TimestampMismatch,
    TimestampPurposeWrong,
    TimestampRevoked,
    TimestampSignatureMismatch,
)
from custody.formats.timestamp import MAX_REPLY, certificates_pem, parse_reply, timestamp_request
from custody.formats.timestamptoken import MAX_CERTIFICATES
from custody.formats.tokenvalidation import MAX_EXTRA, Stamp, validate_token
from tests.servers.authority import DER, YEAR, Authority, issue
from tests.servers.forgery import resigned, with_certificates

TEXT = b"custody/" + b"ab" * 32 + b"\n7\nAAAA\n"
DIGEST = hashlib.sha256(TEXT).digest()
REQUEST = timestamp_request(DIGEST, 2**64 + 1)

Authorities = Callable[..., Authority]
KINDS = [
    {"algorithm": algorithm, "order": order, "intermediate": intermediate}
    for algorithm in ("p256", "rsa2048")
    for order in ("sorted", "unsorted")
    for intermediate in (False, True)
]
DAY = timedelta(days=1)


def _now() -> datetime:
    return datetime.now(UTC)


def _validate(
    authority: Authority,
    reply: bytes | None = None,
    *,
    roots: Sequence[bytes] | None = None,
    extra: Sequence[bytes] = (),
) -> Stamp:
    reply = authority.reply(REQUEST) if reply is None else reply
    return validate_token(
        parse_reply(reply), digest=DIGEST, roots=[authority.root] if roots is None else roots, extra=extra
    )


def _refused(
    authority: Authority,
    reply: bytes | None = None,
    *,
    roots: Sequence[bytes] | None = None,
    extra: Sequence[bytes] = (),
) -> type[CustodyError]:
    with pytest.raises(CustodyError) as refused:
        _validate(authority, reply, roots=roots, extra=extra)
    return refused.type


@pytest.mark.parametrize("kind", KINDS)
def test_token_is_valid(authorities: Authorities, kind: dict[str, Any]) -> None:
    authority = authorities(**kind)
    stamp = _validate(authority)
    assert stamp.chain == (authority.signer, *authority.between, authority.root)


@pytest.mark.parametrize("kind", KINDS)
def test_openssl_agrees_with_the_certificates_that_we_hand_it(
    authorities: Authorities, kind: dict[str, Any], tmp_path: Path, program: Callable[[str], Path]
) -> None:
    authority = authorities(**kind)
    reply = authority.reply(REQUEST)
    for name, data in (("reply", reply), ("root", authority.root_pem), ("pem", certificates_pem(parse_reply(reply)))):
        (tmp_path / name).write_bytes(data)
    done = subprocess.run(
        [str(program("openssl")), *f"ts -verify -digest {DIGEST.hex()} -in reply -CAfile root -untrusted pem".split()],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_stamp_says_when_by_whom_and_until_when(authorities: Authorities) -> None:
    end = (_now() + 9 * DAY).replace(microsecond=0)
    stamp = _validate(authorities(label="Ministry", intermediate=True, end=end))
    assert abs(stamp.time - _now()) < timedelta(seconds=30)
    assert (stamp.accuracy, stamp.authority, stamp.root_subject, stamp.valid_until) == (
        timedelta(seconds=1, milliseconds=500),
        "CN=Ministry TSA",
        "CN=Ministry Root",
        end,
    )


def test_token_with_the_older_hash_of_its_certificate_is_valid(authorities: Authorities) -> None:
    assert _validate(authorities(ess="sha1")).authority == "CN=Test TSA"


def test_signers_certificate_may_be_the_root(authorities: Authorities) -> None:
    authority = authorities(intermediate=True)
    assert _validate(authority, roots=[authority.signer]).chain == (authority.signer,)


def test_intermediate_may_be_the_root(authorities: Authorities) -> None:
    authority = authorities(intermediate=True)
    assert _validate(authority, roots=authority.between).chain == (authority.signer, *authority.between)


def test_another_text_does_not_match(authorities: Authorities) -> None:
    authority = authorities()
    token = parse_reply(authority.reply(REQUEST))
    with pytest.raises(TimestampMismatch):
        validate_token(token, digest=bytes(32), roots=[authority.root])


@pytest.mark.parametrize("digest", [b"", bytes(31), bytes(48), bytes(64)])
def test_digest_of_another_length_is_refused(authorities: Authorities, digest: bytes) -> None:
    authority = authorities()
    token = parse_reply(authority.reply(REQUEST))
    with pytest.raises(FormatError):
        validate_token(token, digest=digest, roots=[authority.root])


def test_changed_time_is_a_bad_signature(authorities: Authorities) -> None:
    authority = authorities()
    reply = authority.reply(REQUEST)
    year = f"{_now():%Y}".encode()
    at = reply.index(b"\x18\x0f" + year) + 2
    earlier = reply[:at] + str(int(year) - 1).encode() + reply[at + 4 :]
    assert _refused(authority, earlier) is TimestampSignatureMismatch


def test_signature_by_another_key_is_a_bad_one(authorities: Authorities) -> None:
    authority = authorities()
    forged = resigned(authority.reply(REQUEST), ec.generate_private_key(ec.SECP256R1()), authority.signer_certificate)
    assert _refused(authority, forged) is TimestampSignatureMismatch


def test_signature_over_something_else_than_a_timestamp_is_a_bad_one(authorities: Authorities) -> None:
    authority = authorities()
    other = resigned(authority.reply(REQUEST), authority.signer_key, authority.signer_certificate, content_type="data")
    assert _refused(authority, other) is TimestampSignatureMismatch


def test_token_that_names_two_certificates_is_a_bad_one(authorities: Authorities) -> None:
    authority = authorities()
    other = issue("Else", authority.signer_key, "Test Root", authority.issuer_key, purposes=[Purpose.TIME_STAMPING])
    forged = resigned(authority.reply(REQUEST), authority.signer_key, authority.signer_certificate, named=other)
    assert _refused(authority, forged) is TimestampSignatureMismatch


def test_signature_over_sha1_is_too_weak(authorities: Authorities) -> None:
    authority = authorities()
    weak = resigned(authority.reply(REQUEST), authority.signer_key, authority.signer_certificate, digest="sha1")
    assert _refused(authority, weak) is TimestampAlgorithmWeak


@pytest.mark.parametrize(("algorithm", "size"), [("sha1", 20), ("md5", 16)])
def test_imprint_that_fits_two_texts_is_too_weak(authorities: Authorities, algorithm: str, size: int) -> None:
    authority = authorities()

    def change(info: Any) -> None:
        info["message_imprint"] = {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": DIGEST[:size]}

    weak = resigned(authority.reply(REQUEST), authority.signer_key, authority.signer_certificate, change=change)
    with pytest.raises(TimestampAlgorithmWeak):
        validate_token(parse_reply(weak), digest=DIGEST[:size], roots=[authority.root])


def test_same_names_on_other_keys_are_an_unknown_authority(authorities: Authorities) -> None:
    known, stranger = authorities(intermediate=True), authorities(intermediate=True, keys="other")
    assert _refused(stranger, roots=[known.root]) is TimestampAuthorityUnknown


def test_root_in_the_reply_is_not_trusted(authorities: Authorities) -> None:
    authority = authorities()
    assert _refused(authority, roots=[], extra=[authority.root]) is TimestampAuthorityUnknown


def test_signer_cannot_make_another_signer(authorities: Authorities) -> None:
    authority = authorities()
    key = ec.generate_private_key(ec.SECP256R1())
    other = issue("Cuckoo", key, "Test TSA", authority.signer_key, purposes=[Purpose.TIME_STAMPING])
    reply = resigned(authority.reply(REQUEST), key, other)
    assert _refused(authority, reply, extra=[authority.signer]) is TimestampAuthorityUnknown
    assert _refused(authority, reply, roots=[authority.signer]) is TimestampAuthorityUnknown


@pytest.mark.parametrize(
    "settings",
    [
        {"purposes": [Purpose.TIME_STAMPING, Purpose.EMAIL_PROTECTION]},
        {"purposes": [Purpose.SERVER_AUTH]},
        {"purposes": []},
        {"critical": False},
    ],
)
def test_certificate_for_anything_else_has_the_wrong_purpose(authorities: Authorities, settings: Any) -> None:
    assert _refused(authorities(**settings)) is TimestampPurposeWrong


@pytest.mark.parametrize(
    "settings",
    [
        lambda: {"end": _now() - DAY},
        lambda: {"start": _now() + DAY},
        lambda: {"root_end": _now() - DAY},
        lambda: {"intermediate": True, "between_end": _now() - DAY},
    ],
)
def test_certificate_outside_its_time_is_an_expired_chain(
    authorities: Authorities, settings: Callable[[], dict[str, Any]]
) -> None:
    assert _refused(authorities(**settings())) is TimestampChainExpired


def test_expired_signer_given_as_root_is_an_expired_chain(authorities: Authorities) -> None:
    authority = authorities(end=_now() - DAY)
    assert _refused(authority, roots=[authority.signer]) is TimestampChainExpired


def test_expired_chain_to_a_root_of_other_keys_is_an_unknown_authority(authorities: Authorities) -> None:
    known, stranger = authorities(), authorities(keys="other", end=_now() - DAY)
    assert _refused(stranger, roots=[known.root]) is TimestampAuthorityUnknown


def test_root_made_anew_on_the_same_key_serves_where_the_old_one_ended(authorities: Authorities) -> None:
    old, new = authorities(root_end=_now() - DAY), authorities()
    assert _validate(old, roots=[old.root, new.root]).chain[-1] == new.root


def test_older_certificate_of_the_signer_among_the_roots_stands_in_no_way(authorities: Authorities) -> None:
    authority, older = authorities(), authorities(end=_now() - DAY)
    assert _validate(authority, roots=[older.signer, authority.root]).chain == (authority.signer, authority.root)


def test_token_without_its_certificate_lacks_it(authorities: Authorities) -> None:
    authority = authorities()
    bare = with_certificates(authority.reply(REQUEST), lambda _: [])
    assert _refused(authority, bare) is TimestampCertificateMissing


def test_certificates_may_be_kept_beside_the_token(authorities: Authorities) -> None:
    authority = authorities(intermediate=True)
    bare = with_certificates(authority.reply(REQUEST), lambda _: [])
    assert _validate(authority, bare, extra=[*authority.between, authority.signer]) == _validate(
        authority, bare, extra=[authority.signer, *authority.between]
    )


def _look_alike(certificate: bytes, *, ca: bool) -> bytes:
    """Another key under the same subject, issuer and serial number."""
    real = x509.load_der_x509_certificate(certificate)
    key = ec.generate_private_key(ec.SECP256R1())
    subject, issuer = (one.rfc4514_string().removeprefix("CN=") for one in (real.subject, real.issuer))
    return issue(
        subject, key, issuer, key, ca=ca, purposes=[Purpose.TIME_STAMPING], serial=real.serial_number
    ).public_bytes(DER)


@pytest.mark.parametrize("first", [True, False])
def test_look_alikes_in_the_set_mislead_nobody(authorities: Authorities, first: bool) -> None:
    authority = authorities(intermediate=True)
    false = [_look_alike(authority.signer, ca=False), _look_alike(authority.between[0], ca=True)]
    reply = with_certificates(authority.reply(REQUEST), lambda found: false + found if first else found + false)
    assert _validate(authority, reply).chain == (authority.signer, *authority.between, authority.root)


def test_maze_of_certificates_is_answered_at_once(authorities: Authorities) -> None:
    authority = authorities(keys="other")
    key = ec.generate_private_key(ec.SECP256R1())
    maze = [issue("Test Root", key, "Test Root", key, ca=True).public_bytes(DER) for _ in range(MAX_CERTIFICATES - 1)]
    reply = with_certificates(authority.reply(REQUEST), lambda _: [authority.signer, *maze])
    assert len(reply) < MAX_REPLY
    assert _refused(authority, reply, roots=[authorities().root]) is TimestampAuthorityUnknown


def test_unreadable_certificate_beside_the_token_is_left_out(authorities: Authorities) -> None:
    assert _validate(authorities(), extra=[b"", b"\x30\x03\x02\x01\x00", b"nonsense"]).authority == "CN=Test TSA"


def _der(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x83]) + len(content).to_bytes(3, "big") + content


def _swollen_certificate() -> bytes:
    """A megabyte of empty names; reading all of them takes seconds and hundreds of megabytes."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    names = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), _der(0x30, b"\x82\0" * 500_000))
    made = x509.CertificateBuilder(name, name, key.public_key(), 5, _now() - DAY, _now() + DAY)
    return made.add_extension(names, critical=False).sign(key, hashes.SHA256()).public_bytes(DER)


def _swollen_list() -> bytes:
    """A revocation list by an issuer with a megabyte of names, whose signature is none."""
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    issuer = _der(0x30, bytes.fromhex("310930070603550403 0c00") * 90_000)
    body = _der(0x30, b"\2\1\1" + algorithm + issuer + b"\x17\x0d200101000000Z")
    return _der(0x30, body + algorithm + b"\3\x09\0" + bytes.fromhex("3006020101020101"))


@pytest.mark.parametrize("make", [_swollen_certificate, _swollen_list])
def test_what_is_swollen_beside_the_token_is_passed_over_at_once(
    make: Callable[[], bytes], authorities: Authorities
) -> None:
    swollen = make()
    authority = authorities()
    reply = authority.reply(REQUEST)
    began = time.process_time()
    assert _validate(authority, reply, extra=[swollen]).authority == "CN=Test TSA"
    assert time.process_time() - began < 0.3


def test_unreadable_root_is_said(authorities: Authorities) -> None:
    assert _refused(authorities(), roots=[b"nonsense"]) is FormatError


def test_unreadable_root_spoils_no_other(authorities: Authorities) -> None:
    authority = authorities()
    assert _validate(authority, roots=[b"nonsense", authority.root]).authority == "CN=Test TSA"


@pytest.mark.parametrize("first", [False, True])
def test_look_alike_root_that_may_issue_nothing_hides_no_right_one(authorities: Authorities, first: bool) -> None:
    authority = authorities()
    weak = authority.root.replace(
        bytes.fromhex("0603551d130101ff040530030101ff"), bytes.fromhex("0603551d130101ff04053003010100")
    )
    assert weak != authority.root
    roots = [weak, authority.root] if first else [authority.root, weak]
    assert _validate(authority, roots=roots).authority == "CN=Test TSA"


def test_too_much_beside_the_token_is_refused(authorities: Authorities) -> None:
    assert _refused(authorities(), extra=[b"x"] * (MAX_EXTRA + 1)) is FormatError


@pytest.mark.parametrize(
    ("ago", "reason"),
    [
        (DAY, None),
        (DAY, ReasonFlags.superseded),
        (-DAY, ReasonFlags.key_compromise),
        (-DAY, ReasonFlags.ca_compromise),
        (-DAY, None),  # RFC 3161 section 4, point 1
    ],
)
def test_revoked_certificate_is_said(authorities: Authorities, ago: timedelta, reason: ReasonFlags | None) -> None:
    authority = authorities()
    assert _refused(authority, extra=[authority.revoke(_now() - ago, reason)]) is TimestampRevoked


@pytest.mark.parametrize(
    "reason", [ReasonFlags.superseded, ReasonFlags.cessation_of_operation, ReasonFlags.affiliation_changed]
)
def test_authority_that_ended_later_ended_nothing_before(authorities: Authorities, reason: ReasonFlags) -> None:
    authority = authorities()
    assert _validate(authority, extra=[authority.revoke(_now() + DAY, reason)]).authority == "CN=Test TSA"


def test_list_without_the_certificate_revokes_nothing(authorities: Authorities) -> None:
    authority = authorities()
    assert _validate(authority, extra=[authority.revoke(None)]).authority == "CN=Test TSA"


def test_list_of_somebody_else_revokes_nothing(authorities: Authorities) -> None:
    authority, stranger = authorities(), authorities(keys="other")
    stranger.signer_certificate = authority.signer_certificate
    assert _validate(authority, extra=[stranger.revoke(_now() - DAY)]).authority == "CN=Test TSA"


def test_token_outlives_its_certificate(authorities: Authorities) -> None:
    """Nothing asks what time it is now: an old token is judged at its own time."""
    authority = authorities(start=_now() - 3 * YEAR, end=_now() - 2 * YEAR)

    def earlier(info: Any) -> None:
        info["gen_time"] = (_now() - 2.5 * YEAR).replace(microsecond=0)

    old = resigned(authority.reply(REQUEST), authority.signer_key, authority.signer_certificate, change=earlier)
    root = issue(
        "Test Root", authority.issuer_key, "Test Root", authority.issuer_key, ca=True, start=_now() - 5 * YEAR
    ).public_bytes(DER)
    assert _validate(authority, old, roots=[root]).time < _now() - 2 * YEAR


CHANGES = (0x02, 0x80)


def test_reply_with_a_byte_changed_is_judged_and_never_a_crash(authorities: Authorities) -> None:
    authority = authorities(intermediate=True)
    reply = authority.reply(REQUEST)
    for position in range(0, len(reply), 9):
        data = bytearray(reply)
        data[position] ^= CHANGES[position % 2]
        with suppress(CustodyError):
            _validate(authority, bytes(data))


def test_revocation_list_or_root_with_a_byte_changed_is_judged_and_never_a_crash(authorities: Authorities) -> None:
    authority = authorities()
    reply, crl = authority.reply(REQUEST), authority.revoke(_now() - DAY)
    for position in range(0, max(len(crl), len(authority.root)), 7):
        lists, roots = bytearray(crl), bytearray(authority.root)
        for data in (lists, roots):
            data[position % len(data)] ^= CHANGES[position % 2]
        with suppress(CustodyError):
            _validate(authority, reply, extra=[bytes(lists)])
        with suppress(CustodyError):
            _validate(authority, reply, roots=[bytes(roots)])


def test_root_with_the_serial_number_zero_is_a_root(authorities: Authorities) -> None:
    authority = authorities()
    root = issue("Test Root", authority.issuer_key, "Test Root", authority.issuer_key, ca=True, serial=1)
    der = root.public_bytes(DER)
    at = der.index(b"\x02\x01\x01") + 2
    zero = der[:at] + b"\0" + der[at + 1 :]  # cryptography issues none; nobody checks a root's own signature
    assert _validate(authority, roots=[zero]).chain[-1] == zero
