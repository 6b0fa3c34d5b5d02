"""The signature and the files of a report's PDF, checked from docs/format.md section 12 alone; shares no code.

It takes reports without a later revision, and leaves the shapes of the objects that came with the signature alone.
"""

import hashlib
import re
import zlib

from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.interop.stranger_verify import P256_ORDER, Refused

assert tsp.TSTInfo  # loading it teaches asn1crypto the attribute signing-certificate-v2

_GAP = re.compile(rb"/Contents <([0-9A-F]*)>\n/ByteRange \[0 ([0-9]+) ([0-9]+) ([0-9]+)\]")
_END = re.compile(rb"startxref\s+([0-9]+)\s+%%EOF\n")
_ENTRY = re.compile(rb"([0-9]{10}) ([0-9]{5}) ([nf]) \n")


def signer_of(pdf: bytes) -> tuple[str, bytes]:
    """The id of the key that signed the whole of it, and the drawn revision. Raises Refused."""
    if not pdf.startswith(b"%PDF-"):
        raise Refused("no PDF")
    ends = list(_END.finditer(pdf))
    if len(ends) != 2 or ends[1].end() != len(pdf):
        raise Refused("not two revisions")
    gap = _GAP.search(pdf, ends[0].end())
    if gap is None:
        raise Refused("no signature as reports have it")
    begin, end, rest = (int(number) for number in gap.groups()[1:])
    if (begin, end) != (gap.start(1) - 1, gap.end(1) + 1) or end + rest != len(pdf):
        raise Refused("the signature is not over the whole file but itself")
    raw = bytes.fromhex(gap[1].decode())
    length = _der_length(raw)
    if raw[length:].strip(b"\0"):
        raise Refused("the padding was filled")
    _few_objects(pdf, ends[0].end(), int(ends[1][1]))
    return _message(raw[:length], pdf[:begin] + pdf[end:]), pdf[: ends[0].end()]


def _der_length(raw: bytes) -> int:
    if raw[:1] != b"\x30" or raw[1] <= 0x80:
        raise Refused("no CMS message in DER")
    head = 2 + (raw[1] & 0x7F)
    return head + int.from_bytes(raw[2:head], "big")


def _few_objects(pdf: bytes, start: int, table: int) -> None:
    """Five objects came with the signature, each where the table says, and nothing between them."""
    places = sorted(int(entry[1]) for entry in _ENTRY.finditer(pdf, table) if entry[3] == b"n")
    if len(places) != 5 or places[0] != start or not pdf.startswith(b"xref\n", table):
        raise Refused("other objects than a signature needs")
    for place, following in zip(places, [*places[1:], table], strict=True):
        if not re.match(rb"[0-9]+ 0 obj\n", pdf[place:]) or pdf.count(b"endobj", place, following) != 1:
            raise Refused("something lies between the objects")
        if not pdf[place:following].endswith(b"\nendobj\n"):
            raise Refused("something lies between the objects")


def _message(der: bytes, signed: bytes) -> str:
    try:
        message = cms.ContentInfo.load(der, strict=True)
        data = message["content"]
        ((chosen,), (signer,)) = data["certificates"], data["signer_infos"]
        attributes = {one["type"].native: one["values"] for one in signer["signed_attrs"]}
        certificate, held = x509.load_der_x509_certificate(chosen.dump()), chosen.chosen
        (named,) = attributes["signing_certificate_v2"][0]["certs"]
        digest = signer["digest_algorithm"]["algorithm"].native
        algorithm = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[digest]
        (written,), (kind,) = attributes["message_digest"].native, attributes["content_type"].native
        (issuer, serial) = signer["sid"].chosen["issuer"], signer["sid"].chosen["serial_number"].native
        named_by, named_as = named["hash_algorithm"]["algorithm"].native, named["cert_hash"].native
        covered = b"\x31" + signer["signed_attrs"].dump()[1:]
        signature = signer["signature"].native
    except (ValueError, TypeError, KeyError) as bad:
        raise Refused(f"not a message as reports have it: {bad}") from bad
    if message.dump(force=True) != der or kind != "data" or data["encap_content_info"]["content"].native is not None:
        raise Refused("not a message as reports have it")
    if written != hashlib.new(digest, signed).digest():
        raise Refused("the file was changed")
    if hashlib.new(named_by, chosen.dump()).digest() != named_as:
        raise Refused("another certificate than was signed with")
    if (issuer.dump(), serial) != (held.issuer.dump(), held.serial_number):
        raise Refused("another certificate than the signer names")
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Refused("no key of custody")
    try:
        key.verify(signature, covered, ec.ECDSA(algorithm))
    except InvalidSignature as bad:
        raise Refused("the signature does not hold") from bad
    if utils.decode_dss_signature(signature)[1] > P256_ORDER // 2:
        raise Refused("the other form of the signature")
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def files_of(drawn: bytes) -> dict[str, bytes]:
    """What is attached to the drawn revision, by name. Raises Refused."""
    table = int(_END.findall(drawn)[-1])
    first = re.compile(rb"xref\n0 ([0-9]+)\n").match(drawn, table)
    if first is None:
        raise Refused("no table as reports have it")
    places = [int(entry[1]) for entry in _ENTRY.finditer(drawn, first.end())]
    files: dict[str, bytes] = {}
    for place in places[1:]:
        found = re.compile(rb"[0-9]+ 0 obj\n<<(.*)>>\nendobj").match(drawn, place)
        if found is None or b"/Type /Filespec" not in found[1]:
            continue
        names = {name.decode() for name in re.findall(rb"/U?F \(([^()\\]*)\)", found[1])}
        numbers = {int(number) for number in re.findall(rb"/U?F ([0-9]+) 0 R", found[1])}
        if len(names) != 1 or len(numbers) != 1 or names & files.keys():
            raise Refused("a file with two names, or two with one")
        files[names.pop()] = _content(drawn, places[numbers.pop()])
    return files


def _content(drawn: bytes, place: int) -> bytes:
    head = re.compile(rb"[0-9]+ 0 obj\n<<(.*)>>\nstream\n").match(drawn, place)
    length = head and re.search(rb"/Length ([0-9]+)", head[1])
    if not head or not length:
        raise Refused("an attached file is no stream")
    raw = drawn[head.end() : head.end() + int(length[1])]
    if b"/Filter" not in head[1]:
        return raw
    inflate = zlib.decompressobj()
    content = inflate.decompress(raw)
    if not inflate.eof or inflate.unused_data:
        raise Refused("an attached file is damaged")
    return content
