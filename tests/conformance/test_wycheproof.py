"""Wycheproof's edge cases of ECDSA P-256 and Ed25519, each judged as published."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from custody.errors import FormatError, SignatureMismatch
from custody.formats.signature import (
    der_from_raw,
    is_low_s,
    load_p256,
    raw_from_der,
    spki_bytes,
    verify_ed25519,
    verify_p256,
)

P256_RAW = "ecdsa_secp256r1_sha256_p1363_test.json"
P256_DER = "ecdsa_secp256r1_sha256_test.json"
ED25519 = "ed25519_test.json"

Case = dict[str, Any]
Verifier = Callable[[Case, bytes, bytes], None]


def _groups(vectors: Path, name: str) -> list[dict[str, Any]]:
    content = json.loads((vectors / "wycheproof" / name).read_bytes())
    groups: list[dict[str, Any]] = content["testGroups"]
    assert sum(len(group["tests"]) for group in groups) == content["numberOfTests"]
    return groups


def _cases(vectors: Path, name: str) -> Iterator[tuple[dict[str, Any], Case]]:
    for group in _groups(vectors, name):
        for case in group["tests"]:
            yield group, case


def _published(vectors: Path, name: str) -> dict[int, str]:
    return {case["tcId"]: case["result"] for _, case in _cases(vectors, name)}


def _judged(vectors: Path, name: str, verify: Verifier) -> dict[int, str]:
    """What `verify(group, signature, message)` says of every case, in Wycheproof's words."""
    found = {}
    for group, case in _cases(vectors, name):
        try:
            verify(group, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
        except (FormatError, SignatureMismatch):
            found[case["tcId"]] = "invalid"
        else:
            found[case["tcId"]] = "valid"
    return found


def _p256_raw(group: Case, signature: bytes, message: bytes) -> None:
    verify_p256(load_p256(bytes.fromhex(group["publicKeyDer"])), signature, message)


def _p256_der(group: Case, signature: bytes, message: bytes) -> None:
    verify_p256(load_p256(bytes.fromhex(group["publicKeyDer"])), raw_from_der(signature), message)


def _ed25519(group: Case, signature: bytes, message: bytes) -> None:
    verify_ed25519(bytes.fromhex(group["publicKey"]["pk"]), signature, message)


@pytest.mark.parametrize(
    ("name", "count", "verify"),
    [(P256_RAW, 262, _p256_raw), (P256_DER, 484, _p256_der), (ED25519, 151, _ed25519)],
)
def test_every_case_is_judged_as_published(vectors: Path, name: str, count: int, verify: Verifier) -> None:
    published = _published(vectors, name)
    assert len(published) == count
    assert _judged(vectors, name, verify) == published


def test_raw_signature_is_refused_as_a_mismatch_whatever_its_fault(vectors: Path) -> None:
    for group, case in _cases(vectors, P256_RAW):
        if case["result"] == "invalid":
            with pytest.raises(SignatureMismatch):
                _p256_raw(group, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))


def test_seventy_valid_raw_signatures_have_high_s(vectors: Path) -> None:
    # So the rule of low s belongs to the envelope: the primitive must take these.
    valid = [bytes.fromhex(c["sig"]) for _, c in _cases(vectors, P256_RAW) if c["result"] == "valid"]
    assert Counter(is_low_s(raw) for raw in valid) == {True: len(valid) - 70, False: 70}


def test_no_valid_der_signature_is_refused_for_its_spelling(vectors: Path) -> None:
    valid = [bytes.fromhex(c["sig"]) for _, c in _cases(vectors, P256_DER) if c["result"] == "valid"]
    assert (len(valid), [der_from_raw(raw_from_der(der)) for der in valid]) == (174, valid)


def test_der_that_is_read_has_one_spelling(vectors: Path) -> None:
    read = []
    for _, case in _cases(vectors, P256_DER):
        der = bytes.fromhex(case["sig"])
        try:
            raw = raw_from_der(der)
        except FormatError:
            continue
        read.append((der_from_raw(raw), der))
    assert [again for again, _ in read] == [der for _, der in read]
    assert len(read) == 174 + 75  # all valid cases, and 75 well-spelled ones that the primitive refuses


@pytest.mark.parametrize("flag", ["BerEncodedSignature", "InvalidEncoding", "InvalidTypesInSignature", "MissingZero"])
def test_der_in_another_spelling_is_not_read(vectors: Path, flag: str) -> None:
    cases = [case for _, case in _cases(vectors, P256_DER) if flag in case["flags"]]
    assert cases
    for case in cases:
        with pytest.raises(FormatError):
            raw_from_der(bytes.fromhex(case["sig"]))


def test_key_of_every_group_is_read_and_written_alike(vectors: Path) -> None:
    keys = {bytes.fromhex(group["publicKeyDer"]) for name in (P256_RAW, P256_DER) for group in _groups(vectors, name)}
    assert {spki_bytes(load_p256(key)) for key in keys} == keys


def test_key_of_every_group_is_the_published_point(vectors: Path) -> None:
    for name in (P256_RAW, P256_DER):
        for group in _groups(vectors, name):
            numbers = load_p256(bytes.fromhex(group["publicKeyDer"])).public_numbers()
            point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
            assert point.hex() == group["publicKey"]["uncompressed"]


def test_ed25519_key_in_another_form_is_refused(vectors: Path) -> None:
    group, case = next(_cases(vectors, ED25519))
    with pytest.raises(SignatureMismatch):
        verify_ed25519(bytes.fromhex(group["publicKeyDer"]), bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
