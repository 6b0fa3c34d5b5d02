"""A real timestamp authority: certificates made here, replies signed by `openssl ts`, spoken to over HTTP.

`with Authority() as authority:` gives `authority.url` and `authority.root_pem`. Keys are made once a session.
"""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import NameOID

from tests.servers.forgery import is_refusal, ordered, resigned, with_nonce
from tests.servers.web import Fault, Reply, Seen, Server

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Algorithm = Literal["p256", "rsa2048"]
Order = Literal["sorted", "unsorted"]
DER = serialization.Encoding.DER
PEM = serialization.Encoding.PEM

YEAR = timedelta(days=365)
POLICY = "1.3.6.1.4.1.32473.1"  # under the number for examples, RFC 5612

CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
certs = {folder}/others.pem
signer_digest = sha256
default_policy = {policy}
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ess_cert_id_alg = {ess}
"""


@cache
def key(algorithm: Algorithm, name: str) -> Key:
    """One key for each name, made once."""
    if algorithm == "p256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, 2048)


def issue(
    subject: str,
    subject_key: Key,
    issuer: str,
    issuer_key: Key,
    *,
    ca: bool = False,
    purposes: Sequence[x509.ObjectIdentifier] = (),
    critical: bool = True,
    start: datetime | None = None,
    end: datetime | None = None,
    serial: int | None = None,
    crl_url: str | None = None,
) -> x509.Certificate:
    """A certificate, valid for a year each way where nothing else is said."""
    now = datetime.now(UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(subject_key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(start or now - YEAR)
        .not_valid_after(end or now + YEAR)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(subject_key.public_key()), critical=False)
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    if crl_url:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def name(text: str) -> x509.Name:
    """A name of one part."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def pem(*certificates: x509.Certificate) -> bytes:
    """The certificates one after the other."""
    return b"".join(one.public_bytes(PEM) for one in certificates)


class Authority(Server):
    """An authority of its own: a root, perhaps an authority between, and a signer.

    `label` begins all its names; with another `keys` the same names are on other keys. `order` is that of the
    certificates in replies. `start` and `end` are the signer's.
    Faults of its own: `wrong_nonce`, and `refusing` (the reply says why it gives no timestamp). A GET of `/crl` gives
    what `revoke` made last.
    """

    def __init__(
        self,
        *,
        label: str = "Test",
        keys: str = "",
        algorithm: Algorithm = "p256",
        intermediate: bool = False,
        order: Order = "unsorted",
        purposes: Sequence[x509.ObjectIdentifier] = (Purpose.TIME_STAMPING,),
        critical: bool = True,
        start: datetime | None = None,
        end: datetime | None = None,
        root_end: datetime | None = None,
        between_end: datetime | None = None,
        ess: str = "sha256",
        crl: bool = False,
        fault: Fault | None = None,
        wrong_nonce: bool = False,
        refusing: bool = False,
    ) -> None:
        super().__init__(self._answer, fault=fault)
        self.order, self.wrong_nonce, self.refusing = order, wrong_nonce, refusing
        self._usual = tuple(purposes) == (Purpose.TIME_STAMPING,) and critical
        self._crl: bytes | None = None
        names = [f"{label} Root", *([f"{label} Between"] if intermediate else []), f"{label} TSA"]
        made = [key(algorithm, one + keys) for one in names]
        root = issue(names[0], made[0], names[0], made[0], ca=True, end=root_end)
        between = [issue(names[1], made[1], names[0], made[0], ca=True, end=between_end)] if intermediate else []
        at = {"start": start, "end": end, "crl_url": f"{self.url}crl" if crl else None}

        def signer(purposes: Sequence[x509.ObjectIdentifier], critical: bool) -> x509.Certificate:
            return issue(names[-1], made[-1], names[-2], made[-2], purposes=purposes, critical=critical, **at)  # type: ignore[arg-type]

        self.signer_certificate = signer(purposes, critical)
        self.issuer_certificate = (between or [root])[-1]
        self.issuer_key, self.signer_key = made[-2], made[-1]
        self.root_pem, self.root = pem(root), root.public_bytes(DER)
        self.between = tuple(one.public_bytes(DER) for one in between)
        self.signer = self.signer_certificate.public_bytes(DER)
        self._folder = tempfile.TemporaryDirectory(prefix="custody-authority-")
        self._lock = threading.Lock()
        # openssl signs with no certificate for another purpose: such replies are signed anew, see `reply`.
        signing = self.signer_certificate if self._usual else signer([Purpose.TIME_STAMPING], True)
        self._write(signing, [*between, root], ess)

    def _write(self, signer: x509.Certificate, others: Sequence[x509.Certificate], ess: str) -> None:
        folder = Path(self._folder.name)
        (folder / "serial").write_text("01\n")
        (folder / "signer.pem").write_bytes(pem(signer))
        (folder / "others.pem").write_bytes(pem(*others))
        (folder / "signer.key").write_bytes(
            self.signer_key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        (folder / "config").write_text(CONFIG.format(folder=folder.as_posix(), policy=POLICY, ess=ess))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._folder.cleanup()

    def reply(self, request: bytes) -> bytes:
        """The whole reply to a DER request, without HTTP."""
        folder = Path(self._folder.name)
        program = shutil.which("openssl")
        assert program, "the program openssl is not installed"
        with self._lock:  # it keeps its serial number in a file
            (folder / "query").write_bytes(request)
            arguments = ["ts", "-reply", "-config", "config", "-queryfile", "query", "-out", "reply"]
            (folder / "reply").unlink(missing_ok=True)
            done = subprocess.run(
                [program, *arguments],
                cwd=folder,
                check=False,  # a refusal is a reply too
                capture_output=True,
                env={"OPENSSL_CONF": os.devnull, "PATH": os.environ["PATH"]},
            )
            assert (folder / "reply").exists(), done.stderr
            answer = (folder / "reply").read_bytes()
        if is_refusal(answer):
            return answer
        if self._usual:
            return ordered(answer, self.order)
        return ordered(resigned(answer, self.signer_key, self.signer_certificate), self.order)

    def revoke(self, when: datetime | None, reason: x509.ReasonFlags | None = None) -> bytes:
        """A revocation list in DER; with None as `when` the signer is not on it."""
        now = datetime.now(UTC).replace(microsecond=0)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.issuer_certificate.subject)
            .last_update(now - timedelta(hours=1))
            .next_update(now + YEAR)
        )
        if when is not None:
            entry = x509.RevokedCertificateBuilder().serial_number(self.signer_certificate.serial_number)
            entry = entry.revocation_date(when.replace(microsecond=0))
            if reason is not None:
                entry = entry.add_extension(x509.CRLReason(reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        self._crl = builder.sign(self.issuer_key, hashes.SHA256()).public_bytes(DER)
        return self._crl

    def _answer(self, seen: Seen) -> Reply:
        if seen.method == "GET":
            return Reply(self._crl, "application/pkix-crl") if self._crl else Reply(b"", status=404)
        request = with_nonce(seen.body, 1) if self.wrong_nonce else seen.body
        # A request that openssl cannot read is answered by a refusal of its own making.
        return Reply(self.reply(b"not a request" if self.refusing else request), "application/timestamp-reply")
