"""Every error that custody raises on purpose, each with its exit code.

An error says what happened and to what (`message`) and what to do next (`hint`). `code` is the stable name that
`--json` prints; docs/commands.md lists them all.
"""

from typing import ClassVar


class CustodyError(Exception):
    """The root. Never raised itself: raise the class that names the kind of trouble."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class VerificationError(CustodyError):
    """Bytes that can be read and are not believed: a signature, proof or digest that does not hold."""

    code = "verification"
    exit_code = 1


class DigestMismatch(VerificationError):
    """Two digests that should be one. `expected` and `found` are given as they were compared."""

    code = "digest-mismatch"

    def __init__(self, message: str, *, expected: bytes, found: bytes, hint: str = "") -> None:
        super().__init__(f"{message}: expected {expected.hex()}, found {found.hex()}", hint)
        self.expected = expected
        self.found = found


class SignatureMismatch(VerificationError):
    """A signature that was not made by the named key over these bytes."""

    code = "signature-mismatch"


class HeaderMismatch(VerificationError):
    """A block header that is not the one which a timestamp, or whoever served it, says it is."""

    code = "header-mismatch"


class WorkTooSmall(VerificationError):
    """A block header that took too little work to be believed by itself."""

    code = "work-too-small"


class TimestampMismatch(DigestMismatch):
    """A timestamp of something else: its imprint is not the digest of this text."""

    code = "timestamp-mismatch"


class TimestampSignatureMismatch(SignatureMismatch):
    """A timestamp whose signature does not hold, or is not over what it states."""

    code = "timestamp-signature"


class TimestampNonceMismatch(VerificationError):
    """A timestamp that answers another request."""

    code = "timestamp-nonce"


class TimestampCertificateMissing(VerificationError):
    """A timestamp without the certificate of its signer, which is not kept beside it either."""

    code = "timestamp-certificate-missing"


class TimestampAuthorityUnknown(VerificationError):
    """A timestamp whose signer's certificate leads to none of the verifier's roots."""

    code = "timestamp-authority-unknown"


class TimestampChainExpired(VerificationError):
    """A timestamp of a time at which a certificate between signer and root was not valid."""

    code = "timestamp-chain-expired"


class TimestampPurposeWrong(VerificationError):
    """A timestamp whose signer's certificate is not one for timestamps, and for nothing else."""

    code = "timestamp-purpose"


class TimestampRevoked(VerificationError):
    """A timestamp whose certificates were revoked, as a kept revocation list says."""

    code = "timestamp-revoked"


class TimestampAlgorithmWeak(VerificationError):
    """A timestamp that rests on a digest or key that can be forged."""

    code = "timestamp-weak"


class UsageError(CustodyError):
    """The command was given something that it cannot act on as it stands."""

    code = "usage"
    exit_code = 2


class RuleError(CustodyError):
    """The act is refused by a rule of custody."""

    code = "rule"
    exit_code = 3


class MissingReference(RuleError):
    """Whether the act keeps to the rules cannot be said: it refers to a record that is not here.

    A writer is refused all the same; a verifier leaves it open.
    """


class FormatError(CustodyError):
    """Bytes that cannot be read as what they claim to be."""

    code = "format"
    exit_code = 4


class IntakeError(CustodyError):
    """A file that could not be taken in; `outcome` is the word that the ledger keeps for it."""

    code = "intake"
    exit_code = 4

    def __init__(self, message: str, *, outcome: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.outcome = outcome


class StorageError(CustodyError):
    """A disk, folder or database that does not do what it must."""

    code = "storage"
    exit_code = 5


class RemoteError(CustodyError):
    """A remote service that did not answer, or answered wrongly."""

    code = "remote"
    exit_code = 6


class TimestampRefused(RemoteError):
    """An authority that answered, and gave no timestamp."""

    code = "timestamp-refused"


class SigningError(CustodyError):
    """A key that is missing, ambiguous or cannot sign."""

    code = "signing"
    exit_code = 7


class WrongPassphrase(SigningError):
    """The passphrase does not open the key."""

    code = "wrong-passphrase"
