"""Takes timestamp requests and replies apart and puts them together otherwise; signs anew where a key is given."""

import hashlib
from collections.abc import Callable
from typing import Any, Literal

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding


def is_refusal(reply: bytes) -> bool:
    """Whether the reply brings no token."""
    try:
        tsp.TimeStampResp.load(reply)["time_stamp_token"]
    except ValueError:
        return True
    return False


def with_nonce(request: bytes, nonce: int) -> bytes:
    """The request with another nonce."""
    changed = tsp.TimeStampReq.load(request)
    changed["nonce"] = nonce
    encoded: bytes = changed.dump()
    return encoded


def ordered(reply: bytes, order: Literal["sorted", "unsorted"]) -> bytes:
    """The reply with its SET of certificates as DER sorts it, or the other way round. No signature covers the order."""
    return with_certificates(reply, lambda found: sorted(found, reverse=order == "unsorted"))


def with_certificates(reply: bytes, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """The reply with other certificates in it."""
    response = tsp.TimeStampResp.load(reply)
    signed = response["time_stamp_token"]["content"]
    if isinstance(signed["certificates"], core.Void):
        return reply
    found = change([one.dump() for one in signed["certificates"]])
    # By hand: asn1crypto would sort a set.
    body = b"".join(found)
    header = b"\xa0\x82" + len(body).to_bytes(2)
    return _replaced(reply, signed["certificates"].dump(), header + body)


def _replaced(reply: bytes, old: bytes, new: bytes) -> bytes:
    """One element of the SignedData for another, with the lengths around it set right."""
    response = tsp.TimeStampResp.load(reply)
    token = response["time_stamp_token"]
    signed = token["content"]
    assert signed.contents.count(old) == 1
    inner = _element(0x30, signed.contents.replace(old, new))
    content_info = _element(0x30, token["content_type"].dump() + _element(0xA0, inner))
    return _element(0x30, response["status"].dump() + content_info)


def _element(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def resigned(
    reply: bytes,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    certificate: x509.Certificate,
    *,
    content_type: str = "tst_info",
    digest: str = "sha256",
    change: Callable[[Any], None] | None = None,
    named: x509.Certificate | None = None,
) -> bytes:
    """The reply as `key` signs it for that certificate; `change` changes the TSTInfo before.

    `named` is what the SignerIdentifier names, where that is another certificate than the signed attribute does.
    """
    der = certificate.public_bytes(Encoding.DER)
    response = tsp.TimeStampResp.load(reply)
    signed = response["time_stamp_token"]["content"]
    content = bytes(signed["encap_content_info"]["content"])
    if change:
        info = tsp.TSTInfo.load(content)
        change(info)
        content = info.dump()
        signed["encap_content_info"]["content"] = info
    signing_certificate = {"certs": [{"cert_hash": hashlib.sha256(der).digest()}]}
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": [content_type]},
            {"type": "message_digest", "values": [hashlib.new(digest, content).digest()]},
            {"type": "signing_certificate_v2", "values": [signing_certificate]},
        ]
    )
    parsed = cms.Certificate.load(der)
    identified = cms.Certificate.load(named.public_bytes(Encoding.DER)) if named else parsed
    algorithm = getattr(hashes, digest.upper())()
    if isinstance(key, rsa.RSAPrivateKey):
        signature, scheme = key.sign(attributes.dump(), padding.PKCS1v15(), algorithm), f"{digest}_rsa"
    else:
        signature, scheme = key.sign(attributes.dump(), ec.ECDSA(algorithm)), f"{digest}_ecdsa"
    signed["certificates"] = [
        parsed,
        *(one.chosen for one in signed["certificates"] if one.chosen.subject != parsed.subject),
    ]
    signed["signer_infos"] = [
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {"issuer_and_serial_number": {"issuer": identified.issuer, "serial_number": identified.serial_number}}
            ),
            "digest_algorithm": {"algorithm": digest},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": scheme},
            "signature": signature,
        }
    ]
    encoded: bytes = response.dump()
    return encoded
