"""Files of certificates and revocation lists: what is taken in, and what is refused."""

from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from custody.errors import FormatError
from custody.formats.certificates import MAX_NAME, MAX_ROOTS, MAX_ROOTS_FILE, load_roots, subject, to_pem
from custody.formats.revocation import MAX_CRL, MAX_REVOCATION_URLS, parse_crl, revocation_urls
from tests import tokens
from tests.servers.authority import Authority, issue, key, name

KEY = key("p256", "files")


def _certificate(subject: str = "One", **settings: str) -> bytes:
    return issue(subject, KEY, subject, KEY, ca=True, **settings).public_bytes(Encoding.DER)  # type: ignore[arg-type]


ONE, TWO = _certificate("One"), _certificate("Two")


def test_pem_file_gives_its_certificates_in_order() -> None:
    assert load_roots(to_pem(TWO) + to_pem(ONE)) == (TWO, ONE)


def test_der_file_gives_its_certificate() -> None:
    assert load_roots(ONE) == (ONE,)


def test_certificate_twice_is_one() -> None:
    assert load_roots(to_pem(ONE) * 3) == (ONE,)


def test_words_between_certificates_and_other_line_ends_are_read_over() -> None:
    text = b"subject=CN=One\n" + to_pem(ONE) + b"\nissuer: somebody\n" + to_pem(TWO)
    assert load_roots(text.replace(b"\n", b"\r\n")) == (ONE, TWO)


def test_pem_is_what_cryptography_writes() -> None:
    assert to_pem(ONE) == x509.load_der_x509_certificate(ONE).public_bytes(Encoding.PEM)


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_private_key_is_refused_by_name(form: PrivateFormat) -> None:
    private = KEY.private_bytes(Encoding.PEM, form, NoEncryption())
    with pytest.raises(FormatError, match="private key"):
        load_roots(to_pem(ONE) + private)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nothing",
        b"-----BEGIN CERTIFICATE-----",
        to_pem(ONE)[:-20],
        to_pem(ONE).replace(b"\nM", b"\n*"),
        to_pem(ONE) + b"-----BEGIN CERTIFICATE-----\nAA",
        to_pem(b"nothing"),
        to_pem(b""),
        to_pem(ONE).replace(b"CERTIFICATE", b"CERTIFICATE REQUEST"),
        ONE[:-1],
        ONE + b"\0",
        b"x" * (MAX_ROOTS_FILE + 1),
    ],
)
def test_what_is_no_file_of_certificates_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        load_roots(data)


def test_der_cut_anywhere_is_refused() -> None:
    for length in range(len(ONE)):
        with pytest.raises(FormatError):
            load_roots(ONE[:length])


def test_more_roots_than_anybody_chooses_are_refused() -> None:
    with pytest.raises(FormatError, match="17 certificates"):
        load_roots(b"".join(to_pem(_certificate(f"{number}")) for number in range(MAX_ROOTS + 1)))


def test_subject_is_one_printable_line_of_bounded_length() -> None:
    said = subject(_certificate("\x1b[2J\u202e\n" + "x" * 50))
    assert said.isprintable()
    assert len(said) <= MAX_NAME


def test_revocation_list_is_read_in_both_forms(authorities: Callable[..., Authority]) -> None:
    crl = authorities().revoke(None)
    pem = x509.load_der_x509_crl(crl).public_bytes(Encoding.PEM)
    assert (parse_crl(crl), parse_crl(pem)) == (crl, crl)


@pytest.mark.parametrize("data", [b"", b"nothing", b"-----BEGIN X509 CRL-----", ONE, b"\x30" * 100, bytes(MAX_CRL + 1)])
def test_what_is_no_revocation_list_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse_crl(data)


def test_what_is_of_no_known_version_is_refused() -> None:
    authority = tokens.Authority()
    with pytest.raises(FormatError, match="not a revocation list"):
        parse_crl(authority.revokes(tokens.GEN_TIME).replace(b"\x02\x01\x01", b"\x02\x01\x62", 1))
    with pytest.raises(FormatError, match="not a certificate"):
        load_roots(authority.root.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x62"))


def test_address_of_the_revocation_list_is_read() -> None:
    assert revocation_urls([_certificate(crl_url="http://crl.example/root.crl"), ONE]) == [
        "http://crl.example/root.crl"
    ]


@pytest.mark.parametrize(
    "url",
    [
        "https://crl.example/",
        "ldap://crl.example/",
        "file:///etc/passwd",
        "http://crl.example/\x1b[2J",
        "http://crl.example/ a",
        "http://crl.example/" + "a" * 500,
    ],
)
def test_address_that_is_not_plain_is_left_out(url: str) -> None:
    assert revocation_urls([_certificate(crl_url=url)]) == []


def test_certificates_that_cannot_be_read_have_no_addresses() -> None:
    assert revocation_urls([b"", b"nothing"]) == []


def test_addresses_are_bounded() -> None:
    points = [
        x509.DistributionPoint([x509.UniformResourceIdentifier(f"http://crl.example/{number}")], None, None, None)
        for number in range(100)
    ]
    one = x509.load_der_x509_certificate(ONE)
    many = (
        x509.CertificateBuilder(name("Many"), name("Many"), KEY.public_key(), 1)
        .not_valid_before(one.not_valid_before_utc)
        .not_valid_after(one.not_valid_after_utc)
        .add_extension(x509.CRLDistributionPoints(points), critical=False)
        .sign(KEY, hashes.SHA256())
    )
    assert len(revocation_urls([many.public_bytes(Encoding.DER)])) == MAX_REVOCATION_URLS
