"""A stranger's signed report: as it was made, changed at every byte, and with something put over, into or after it."""

import random
import re
import subprocess
import time
import tracemalloc
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from asn1crypto import core
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pyhanko.pdf_utils import generic

from custody.adapters.pdfa import make_pdfa
from custody.adapters.pdfread import PdfReader
from custody.errors import FormatError
from custody.formats.der import children
from custody.formats.pdfrevisions import Document
from custody.formats.pdfsignature import signed_message
from custody.formats.timestamp import parse_token
from custody.formats.tokenvalidation import validate_token
from custody.ports import Attachment, SignedDocument
from tests.adapters.sample_models import one
from tests.adapters.signed_pdf import (
    FILES,
    NOW,
    Key,
    Stamper,
    appended,
    body,
    drawn,
    first_page,
    saved,
    sign,
    writer,
    written,
)
from tests.adapters.signing import NAME, OwnSigner
from tests.documents import drawn as draw

Program = Callable[[str], Path]


@pytest.fixture(scope="module")
def signer() -> OwnSigner:
    return OwnSigner()


@pytest.fixture(scope="module")
def stamper() -> Stamper:
    return Stamper()


@pytest.fixture(scope="module")
def key() -> Key:
    return Key(ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture(scope="module")
def unsigned() -> bytes:
    return drawn()


@pytest.fixture(scope="module")
def signed(unsigned: bytes, signer: OwnSigner) -> bytes:
    return sign(unsigned, signer)


@pytest.fixture(scope="module")
def long_term(unsigned: bytes, signer: OwnSigner, stamper: Stamper) -> bytes:
    return stamper.prolonged(sign(unsigned, signer, stamper), signer.public.certificate)


def read(pdf: bytes) -> SignedDocument:
    return PdfReader().read(pdf)


def codes(pdf: bytes) -> set[str]:
    return {trouble.code for trouble in read(pdf).troubles}


def found(pdf: bytes) -> bool:
    """Whether something is said to be wrong with it."""
    try:
        return bool(read(pdf).troubles)
    except FormatError:
        return True


def pdfsig(program: Program, path: Path, pdf: bytes) -> str:
    path.write_bytes(pdf)
    return subprocess.run([program("pdfsig"), "-nocert", path], capture_output=True, text=True, check=False).stdout


# As it was made


def test_a_signed_report_has_no_trouble(signed: bytes) -> None:
    assert read(signed).troubles == ()


def test_its_revisions_are_what_was_drawn_and_what_was_signed(unsigned: bytes, signed: bytes) -> None:
    document = read(signed)
    assert (document.unsigned, document.first) == (unsigned, signed)


def test_its_attachments_have_their_names(signed: bytes) -> None:
    assert read(signed).attachments == FILES


def test_its_signatory_is_the_one_who_signed(signed: bytes, signer: OwnSigner) -> None:
    signatory = read(signed).signatory
    assert signatory is not None
    assert (signatory.key, signatory.key_id) == (signer.public.key, signer.public.key_id)
    assert (signatory.certificate, signatory.subject) == (signer.public.certificate, f"CN={NAME}")


def test_its_time_is_the_claim_of_who_signed(signed: bytes) -> None:
    assert read(signed).signed_at == NOW


def test_a_real_report_prolonged_twice_has_no_trouble(signer: OwnSigner, stamper: Stamper) -> None:
    attached = {name: Attachment(data, "application/json", "A file") for name, data in FILES.items()}
    archive = make_pdfa(draw(one()), attached, now=NOW)
    pdf = stamper.prolonged(stamper.prolonged(sign(archive, signer, stamper)), signer.public.certificate)
    document = read(pdf)
    assert document.troubles == ()
    assert (document.unsigned, document.attachments, len(document.archive)) == (archive, FILES, 2)


def test_the_stamp_on_the_signature_is_of_the_digest_that_is_given(
    unsigned: bytes, signer: OwnSigner, stamper: Stamper
) -> None:
    stamp = read(sign(unsigned, signer, stamper)).stamp
    assert stamp is not None
    valid = validate_token(parse_token(stamp.token), digest=stamp.digest, roots=[stamper.certificate])
    assert valid.time == NOW


def test_the_stamp_on_the_document_is_of_the_digest_that_is_given(long_term: bytes, stamper: Stamper) -> None:
    [stamp] = read(long_term).archive
    assert validate_token(parse_token(stamp.token), digest=stamp.digest, roots=[stamper.certificate]).time == NOW


def test_what_was_kept_with_a_long_term_signature_is_given(
    long_term: bytes, signer: OwnSigner, stamper: Stamper
) -> None:
    assert set(read(long_term).material) == {stamper.certificate, signer.public.certificate}


def test_the_first_signed_revision_is_the_same_after_prolonging(
    signed: bytes, signer: OwnSigner, stamper: Stamper
) -> None:
    assert read(stamper.prolonged(signed)).first == signed


# Changed


def test_every_changed_byte_is_found(unsigned: bytes, signed: bytes) -> None:
    start, padding = len(unsigned), signed.index(b"0" * 64)
    end = signed.index(b">", padding)
    places = [*range(0, start, 29), *range(start, padding, 3), *range(padding, end, 97), *range(end, len(signed), 3)]
    missed = []
    for place in places:
        changed = bytearray(signed)
        changed[place] ^= 1
        if not found(bytes(changed)):
            missed.append(place)
    assert missed == []


def test_a_length_that_takes_the_padding_in_is_found(signed: bytes) -> None:
    begin = signed.index(b"/Contents <") + 11
    length = int(signed[begin + 4 : begin + 8], 16)
    assert "pdf-changed" in codes(signed[: begin + 4] + b"%04X" % (length + 16) + signed[begin + 8 :])


def test_a_member_put_after_the_last_one_of_the_message_is_found(signed: bytes) -> None:
    begin = signed.index(b"/Contents <") + 11
    length = int(signed[begin + 4 : begin + 8], 16)
    end = begin + 8 + 2 * length
    longer = b"%04X" % (length + 2) + signed[begin + 8 : end] + b"0500"
    assert codes(signed[: begin + 4] + longer + signed[end + 4 :]) == {"pdf-changed"}


def test_a_member_put_after_the_last_one_of_the_signed_data_is_found(unsigned: bytes, key: Key) -> None:
    whole = key.sign(unsigned)
    begin = whole.index(b"/Contents <") + 11
    end = whole.index(b">", begin)
    der, _ = signed_message(bytes.fromhex(whole[begin:end].decode()))
    content_type, explicit = children(der)
    [data] = children(explicit)
    assert sequence(0x30, content_type + sequence(0xA0, sequence(0x30, b"".join(children(data))))) == der
    longer = sequence(0x30, b"".join(children(data)) + b"\5\0")
    made = sequence(0x30, content_type + sequence(0xA0, longer)).hex().upper().encode()
    assert codes(whole[:begin] + made.ljust(end - begin, b"0") + whole[end:]) == {"pdf-changed"}


def sequence(tag: int, content: bytes) -> bytes:
    """A constructed value in DER of 256 to 65,535 bytes."""
    return bytes([tag, 0x82]) + len(content).to_bytes(2) + content


def test_a_hexadecimal_digit_in_another_case_is_found(signed: bytes) -> None:
    place = re.compile(rb"[A-F]").search(signed, signed.index(b"/Contents <") + 11)
    assert place is not None
    assert found(signed[: place.start()] + place[0].lower() + signed[place.end() :])


def test_a_byte_in_the_padding_is_found_though_pdfsig_passes_it_over(
    program: Program, tmp_path: Path, signed: bytes
) -> None:
    # No digest is over the gap, and pdfsig stops reading it where the CMS message ends.
    place = signed.index(b"0" * 64) + 32
    changed = signed[:place] + b"1" + signed[place + 1 :]
    assert "Signature is Valid" in pdfsig(program, tmp_path / "report.pdf", changed)
    assert codes(changed) == {"pdf-padding"}


def test_a_changed_page_leaves_no_signatory(signed: bytes) -> None:
    document = read(signed.replace(b"/Fit", b"/Fix", 1))
    assert document.signatory is None
    assert "pdf-changed" in {trouble.code for trouble in document.troubles}


def test_every_truncation_is_found(signed: bytes, long_term: bytes) -> None:
    assert [end for end in range(0, len(signed), 61) if not found(signed[:end])] == []
    first = len(read(long_term).first)
    assert [end for end in range(first + 1, len(long_term), 397) if not found(long_term[:end])] == []


def test_the_revision_that_prolongs_can_only_be_taken_off_as_a_whole(long_term: bytes) -> None:
    first = read(long_term).first
    assert read(long_term[: len(first)]).troubles == ()


def test_the_other_form_of_the_same_signature_is_found(signed: bytes) -> None:
    from asn1crypto import cms

    from custody.formats.signature import P256_ORDER, der_from_raw, raw_from_der

    begin = signed.index(b"/Contents <") + 11
    end = signed.index(b">", begin)
    message = cms.ContentInfo.load(bytes.fromhex(signed[begin:end].decode()))
    info = message["content"]["signer_infos"][0]
    raw = raw_from_der(info["signature"].native)
    high = raw[:32] + (P256_ORDER - int.from_bytes(raw[32:])).to_bytes(32)
    info["signature"] = der_from_raw(high)
    other = message.dump(force=True).hex().upper().encode().ljust(end - begin, b"0")
    assert codes(signed[:begin] + other + signed[end:]) == {"pdf-changed"}


@pytest.mark.parametrize("garbage", [b"\n", b"x", b"%%EOF\n", b"%PDF-1.7\n%%EOF\n", b"\0" * 4096])
def test_what_is_appended_is_found(signed: bytes, garbage: bytes) -> None:
    assert codes(signed + garbage) == {"pdf-added"}


def test_what_is_put_before_is_refused(signed: bytes) -> None:
    with pytest.raises(FormatError, match="before its beginning"):
        read(b"\n" + signed)


def test_random_changes_are_found_and_take_no_time(signed: bytes, long_term: bytes) -> None:
    chance = random.Random(6)
    words = [b"<<", b">>", b"/DSS", b"%", b"(", b"[", b"9" * 9, b" 0 R", b"stream\n", b"endobj\n", b"1 0 obj\n", b"\0"]
    first = len(read(long_term).first)
    start = time.perf_counter()
    for _ in range(200):
        changed = bytearray(long_term)
        for _ in range(chance.randrange(1, 5)):
            place = chance.randrange(first)
            match chance.randrange(4):
                case 0:
                    changed[place] ^= chance.randrange(1, 256)
                case 1:
                    del changed[place : place + chance.randrange(1, 60)]
                case 2:
                    other = chance.randrange(len(changed))
                    changed[place:place] = changed[other : other + chance.randrange(1, 200)]
                case 3:
                    changed[place : place + 1] = chance.choice(words)
        if bytes(changed) != long_term:
            assert found(bytes(changed))
    assert time.perf_counter() - start < 10


# Put over, into, or after


def test_a_page_put_over_the_first_one_after_signing_is_found(signed: bytes) -> None:
    update = writer(signed)
    page = update.root["/Pages"]["/Kids"][0]
    page["/Contents"] = update.add_object(generic.StreamObject(stream_data=b"BT (No items match) Tj ET"))
    update.update_container(page)
    assert codes(written(update)) == {"pdf-added"}


def test_a_page_put_over_the_first_one_with_the_signature_is_found_though_the_signature_holds(
    program: Program, tmp_path: Path, unsigned: bytes, key: Key
) -> None:
    # A signer can do this, and other programs call the result whole: what is drawn again and compared would be the
    # revision before it, which nobody sees.
    def other_text(objects: dict[int, bytes]) -> None:
        objects[first_page(unsigned)] = objects[first_page(unsigned)].replace(b"/Contents", b"/Old")

    forged = key.sign(unsigned, other_text)
    said = pdfsig(program, tmp_path / "report.pdf", forged)
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert codes(forged) == {"pdf-structure"}


@pytest.mark.parametrize(
    "put",
    [
        lambda objects: objects.update({99: b"<< /Type /Page >>"}),
        lambda objects: objects.update({3: b"<< >>"}),
        lambda objects: objects.update(
            {1: objects[1].replace(b"<<", b"<< /OpenAction << /S /JavaScript /JS (x) >>", 1)}
        ),
        lambda objects: objects.update({1: objects[1].replace(b"<<", b"<< /DSS << >>", 1), 99: b"<< >>"}),
        lambda objects: objects.update({1: objects[1].replace(b"<<", b"<< /Version /9.9", 1)}),
        lambda objects: objects.update({1: objects[1].replace(b"/Pages", b"/#50ages")}),
        lambda objects: objects.update({1: objects[1].replace(b"<<", b"<< /Extensions 3 0 R", 1)}),
    ],
)
def test_whatever_else_comes_with_the_signature_is_found(
    unsigned: bytes, key: Key, put: Callable[[dict[int, bytes]], None]
) -> None:
    assert "pdf-structure" in codes(key.sign(unsigned, put))


def field_changed(old: bytes, new: bytes) -> Callable[[dict[int, bytes]], None]:
    def change(objects: dict[int, bytes]) -> None:
        for number, text in objects.items():
            objects[number] = text.replace(old, new)

    return change


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/Rect [ 0 0 0 0 ]", b"/Rect [ 0 0 600 800 ]"),
        (b"/F 132", b"/F 132 /AP << /N 3 0 R >>"),
        (b"/F 132", b"/F 132 /A << /S /JavaScript >>"),
        (b"/SigFlags 3", b"/SigFlags 1"),
        (b"/SigFlags 3", b"/SigFlags 3 /XFA (x)"),
        (b"/Subtype /Widget", b"/Subtype /Stamp"),
        (b"/SubFilter /ETSI.CAdES.detached", b"/SubFilter /adbe.pkcs7.sha1"),
        (b"/Type /Sig\n", b"/Type /DocTimeStamp\n"),
        (b"/M (", b"/Reference [ ] /M ("),
    ],
)
def test_a_signature_of_another_make_is_found(unsigned: bytes, key: Key, old: bytes, new: bytes) -> None:
    assert "pdf-structure" in codes(key.sign(unsigned, field_changed(old, new)))


def test_a_signature_made_by_hand_as_ours_is_has_no_trouble(unsigned: bytes, key: Key) -> None:
    assert read(key.sign(unsigned)).troubles == ()


@pytest.mark.parametrize("range_", [b"[0 %d %d 9]", b"[1 %d %d %d]", b"[0 %d  %d %d]", b"[0 %d %d %d 0 0]"])
def test_a_range_that_leaves_something_out_is_no_signature(signed: bytes, range_: bytes) -> None:
    numbers = re.search(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]", signed)
    assert numbers is not None
    text = range_ % tuple(int(one) for one in numbers.groups())[: range_.count(b"%")]
    assert codes(signed.replace(numbers[0], b"/ByteRange " + text)) & {"pdf-structure", "pdf-changed"}


def test_an_annotation_added_is_found(signed: bytes) -> None:
    update = writer(signed)
    note = generic.DictionaryObject(  # type: ignore[no-untyped-call]
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Contents"): generic.TextStringObject("No items match"),
        }
    )
    page = update.root["/Pages"]["/Kids"][0]
    page["/Annots"].append(update.add_object(note))
    update.update_container(page["/Annots"])
    assert codes(written(update)) == {"pdf-added"}


def test_an_attachment_put_in_place_of_another_is_found_and_the_signed_one_is_given(signed: bytes) -> None:
    update = writer(signed)
    names = update.root["/Names"]["/EmbeddedFiles"]["/Names"]
    names[1].get_object()["/EF"]["/F"].get_object()._data = b"{}"
    other = generic.StreamObject({generic.pdf_name("/Type"): generic.pdf_name("/EmbeddedFile")}, stream_data=b"{}")
    names[1]["/EF"]["/F"] = names[1]["/EF"]["/UF"] = update.add_object(other)
    update.update_container(names[1])
    document = read(written(update))
    assert {trouble.code for trouble in document.troubles} == {"pdf-added"}
    assert document.attachments == FILES


def test_a_second_signature_is_found(signed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custody.adapters.pades.FIELD", "Signature2")
    assert codes(sign(signed, OwnSigner())) == {"pdf-added", "pdf-signatures"}


def test_a_report_saved_anew_has_no_signature_but_its_files(signed: bytes) -> None:
    with pikepdf.open(BytesIO(signed)) as pdf:
        document = read(saved(pdf))
    assert document.signatory is None
    assert document.attachments == FILES


def test_a_report_saved_anew_with_object_streams_gives_its_files_by_what_they_are(signed: bytes) -> None:
    output = BytesIO()
    with pikepdf.open(BytesIO(signed)) as pdf:
        pdf.save(output, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert read(output.getvalue()).attachments == FILES


def test_a_pdf_without_signature_says_so(unsigned: bytes) -> None:
    document = read(unsigned)
    assert {trouble.code for trouble in document.troubles} == {"pdf-unsigned"}
    assert (document.unsigned, document.first, document.attachments) == (unsigned, b"", FILES)


def test_a_changed_byte_that_only_the_stamp_on_the_document_is_over_is_found(long_term: bytes) -> None:
    place = long_term.rindex(b"/ID [ <") + 7
    other = b"0" if long_term[place : place + 1] != b"0" else b"1"
    assert reason(long_term[:place] + other + long_term[place + 1 :]) == "The PDF was changed after it was stamped."


# By hand, after the signature of a long-term one


UNSTAMPED = "What was added last is under no time stamp."  # the update itself has nothing that is not allowed


def reason(pdf: bytes) -> str:
    """Why what was added is not allowed."""
    [trouble] = read(pdf).troubles
    assert trouble.code == "pdf-added"
    return trouble.message.removeprefix("Something was added after the PDF was signed: ")


def store(pdf: bytes, certificate: bytes) -> dict[int, bytes]:
    """The objects of a security store with one certificate: catalogue, store and stream."""
    document = Document(pdf, len(pdf))
    size, root = document.revisions[-1].size, document.root
    stream = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(certificate), certificate)
    made = {
        root: body(pdf, root).replace(b"<<", b"<< /DSS %d 0 R" % size, 1),
        size: b"<< /Certs [ %d 0 R ] >>" % (size + 1),
        size + 1: stream,
    }
    return made


def test_a_security_store_without_a_stamp_over_it_is_found(signed: bytes, key: Key) -> None:
    assert reason(appended(signed, store(signed, key.certificate))) == UNSTAMPED


def test_a_security_store_under_a_stamp_is_not(signed: bytes, key: Key, stamper: Stamper) -> None:
    assert read(stamper.stamped(appended(signed, store(signed, key.certificate)))).troubles == ()


@pytest.mark.parametrize(
    ("number", "old", "new"),
    [
        (0, b"<<", b"<< /OpenAction 3 0 R"),
        (0, b"/Pages", b"/Old 1 0 R /Pages"),
        (1, b"/Certs", b"/Type /Page /Certs"),
        (1, b" ]", b" 3 0 R ]"),
        (1, b" ]", b" 999 0 R ]"),
        (1, b"/Certs", b"/VRI << /X << >> >> /Certs"),
        (1, b"/Certs", b"/Annots"),
        (2, b"/Length", b"/Type /XObject /Subtype /Form /Length"),
        (2, b"/Length", b"/Filter /ASCIIHexDecode /Length"),
        (2, b"stream\n0", b"stream\n1"),
    ],
)
def test_a_security_store_that_holds_anything_else_is_found(
    signed: bytes, key: Key, number: int, old: bytes, new: bytes
) -> None:
    objects = store(signed, key.certificate)
    place = sorted(objects)[number]
    assert old in objects[place]
    objects[place] = objects[place].replace(old, new, 1)
    assert reason(appended(signed, objects)) != UNSTAMPED


def test_an_object_that_is_signed_and_made_a_part_of_the_store_is_found(signed: bytes, key: Key) -> None:
    objects = store(signed, key.certificate)
    place = max(Document(signed, len(signed)).added(1))  # the signature itself
    root = min(objects)
    objects[root] = re.sub(rb"/DSS \d+", b"/DSS %d" % place, objects[root])
    objects[place] = objects.pop(sorted(objects)[1])
    assert reason(appended(signed, objects)) == "An object that is signed was made a part of the security store."


def test_a_certificate_in_the_place_of_a_missing_part_of_a_page_is_found(key: Key, unsigned: bytes) -> None:
    # Viewers run what they understand of a stream: a page that refers to a part that is not there gets it later.
    missing = Document(unsigned, len(unsigned)).revisions[0].size + 4  # form, field, signature, store, certificate
    part = re.search(rb"/Contents \d+ 0 R", unsigned)
    assert part is not None
    base = unsigned.replace(part[0], b"/Contents %d 0 R" % missing)
    signed = key.sign(base)
    assert read(signed).troubles == ()
    assert reason(appended(signed, store(signed, key.certificate))).startswith("The document refers to parts")


def test_an_object_hidden_between_others_is_found(signed: bytes, key: Key) -> None:
    # A program that mends files by looking for objects would find it.
    objects = store(signed, key.certificate)
    objects[min(objects)] += b"\nendobj\n9 0 obj\n<< >>"
    assert reason(appended(signed, objects)).startswith("Something lies outside every object")


@pytest.mark.parametrize(
    "change",
    [
        {"between": b"9 0 obj\n<< >>\nendobj\n"},
        {"between": b"% a comment\n"},
        {"after": b"\n"},
        {"Root": b"2 0 R"},
        {"Info": b"2 0 R"},
        {"Encrypt": b"2 0 R"},
        {"XRefStm": b"9"},
        {"Size": b"1"},
        {"Prev": b"9"},
        {"Prev": b""},
        {"Prev": b"99999999"},
    ],
)
def test_an_update_with_anything_beside_its_objects_is_found(signed: bytes, key: Key, change: dict[str, bytes]) -> None:
    assert reason(appended(signed, store(signed, key.certificate), **change)) != UNSTAMPED


# Keys and algorithms


@pytest.mark.parametrize(
    ("make", "digest"),
    [
        (lambda: ec.generate_private_key(ec.SECP256R1()), "sha256"),
        (lambda: ec.generate_private_key(ec.SECP384R1()), "sha384"),
        (lambda: rsa.generate_private_key(65537, 2048), "sha256"),
        (lambda: rsa.generate_private_key(65537, 2048), "sha512"),
    ],
)
def test_keys_of_cards_and_tokens_are_verified(unsigned: bytes, make: Callable[[], Any], digest: str) -> None:
    document = read(Key(make()).sign(unsigned, digest=digest))
    assert document.troubles == ()
    assert document.signatory is not None


@pytest.mark.parametrize(
    ("make", "digest"),
    [
        (lambda: ec.generate_private_key(ec.SECP256R1()), "sha1"),
        (lambda: rsa.generate_private_key(65537, 1024), "sha256"),
        (lambda: ec.generate_private_key(ec.SECP224R1()), "sha256"),
    ],
)
def test_what_is_too_weak_is_not_believed(unsigned: bytes, make: Callable[[], Any], digest: str) -> None:
    document = read(Key(make()).sign(unsigned, digest=digest))
    assert {trouble.code for trouble in document.troubles} == {"pdf-weak"}
    assert document.signatory is None


def test_a_certificate_that_is_not_for_signing_is_not_believed(unsigned: bytes) -> None:
    assert codes(Key(ec.generate_private_key(ec.SECP256R1()), usage=False).sign(unsigned)) == {"pdf-certificate"}


def test_another_certificate_than_the_one_that_is_signed_is_not_believed(unsigned: bytes, key: Key) -> None:
    other = Key(key.key).certificate  # of the same key and name
    assert codes(key.sign(unsigned, named=other)) == {"pdf-certificate"}


@pytest.mark.parametrize(
    "change",
    [
        {"version": "v3"},
        {"digest_algorithms": []},
        {"digest_algorithms": [{"algorithm": "sha512"}]},
        {"certificates": []},
        {"encap_content_info": {"content_type": "data", "content": b"x"}},
        {"unsigned_attrs": [{"type": "1.2.3.4", "values": [core.OctetString(b"x")]}]},
        {"signature": b"x"},
    ],
)
def test_a_message_that_our_signer_does_not_write_is_not_believed(
    unsigned: bytes, key: Key, change: dict[str, Any]
) -> None:
    assert codes(key.sign(unsigned, **change)) == {"pdf-changed"}


# Bombs


def bombs(signed: bytes) -> dict[str, bytes]:
    """Each is small, and makes some reader take all time or memory."""
    end = b"\nstartxref\n9\n%%EOF\n"
    stream = b"1 0 obj\n<< /Type /XRef /W [ 1 1 1 ] /Index [ 0 2000000000 ] /Size 2000000000 /Root 1 0 R /Length 0 >>\n"
    loop = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 /Root 1 0 R /Prev 9 >>"
    fake = b"".join(b"\n/ByteRange [0 %d %d %d] \n" % (place, place + 60, place) for place in range(100, 30_000, 120))
    return {
        "a table of two thousand million objects": b"%PDF-1.7\n" + stream + b"stream\n\nendstream\nendobj" + end,
        "the same, classic": b"%PDF-1.7\nxref\n0 2000000000\n0000000000 65535 f \ntrailer\n<< >>" + end,
        "tables in a circle": b"%PDF-1.7\n" + loop + end,
        "depth": b"%PDF-1.7\nxref\ntrailer\n" + b"[" * 100_000 + end,
        "many values": b"%PDF-1.7\nxref\ntrailer\n<< /A [" + b"1 " * 100_000 + b"] >>" + end,
        "a text of escapes": b"%PDF-1.7\nxref\ntrailer\n<< /A (" + b"\\a" * 200_000 + b") >>" + end,
        "parentheses": b"%PDF-1.7\nxref\ntrailer\n" + b"(" * 100_000 + end,
        "places that look like signatures": b"%PDF-1.7\n" + fake + end,
        "marks": b"%PDF-1.7\n" + b"/ByteRange [0 1 2 3]" * 20_000,
        "attached files": signed[:-8] + b"/Type /EmbeddedFile" * 20_000,
    }


@pytest.mark.parametrize("name", list(bombs(b"")))
def test_a_hostile_file_takes_little_time_and_memory(signed: bytes, name: str) -> None:
    pdf = bombs(signed)[name]
    tracemalloc.start()
    start = time.perf_counter()
    try:
        assert found(pdf)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - start < 3
    assert peak < 64 * 2**20


def test_an_attached_file_that_unpacks_to_too_much_is_found(key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    pdf = key.sign(drawn({"report.json": bytes(100_000), "custody-record.json": bytes(100_000)}))
    assert read(pdf).troubles == ()
    monkeypatch.setattr("custody.formats.pdfattachments.MAX_TOTAL", 199_999)
    assert codes(pdf) == {"pdf-attachments"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"(b.json)", b"(a.json)"),  # two files of one name
        (b"/UF (a.json)", b"/UF (b.json)"),  # a file of two names
        (b"/UF 6 0 R", b"/UF 7 0 R"),  # a name of two files
        (b"/Names [", b"/Kids  ["),
        (b"/FlateDecode", b"/FlateDecodX"),
    ],
)
def test_attached_files_that_another_program_could_take_otherwise_are_found(key: Key, old: bytes, new: bytes) -> None:
    made = drawn({"a.json": b"{}", "b.json": b"[]"})
    assert old in made
    made = made.replace(old, new)
    assert "pdf-attachments" in codes(key.sign(made))
