"""What others outside vouch for: timestamps and cosignatures of this ledger's checkpoints.

Here stands only what was obtained and of which checkpoint. Whether a token holds, and whether its authority is one that
the reader trusts, is the verifier's matter.
"""

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from custody.domain.events.base import Body, Place
from custody.domain.fields import Base64, Count, Hash, Line, Moment
from custody.domain.parties import origin
from custody.errors import FormatError, RuleError, SignatureMismatch
from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.formats.cosignature import Cosignature, CosignerKey, verify_cosignature
from custody.formats.encoding import parse_base64

if TYPE_CHECKING:
    from custody.domain.state import State

Scheme = Literal["opentimestamps", "rfc3161"]
MAX_SUPPORTING = 16  # objects beside one token: certificates and revocation lists of a chain


class Timestamped(Body, frozen=True, kw_only=True, tag="timestamped/v1"):
    """An authority stamped a checkpoint of this ledger: SHA-256 of its three lines.

    `token` names the object that holds the authority's whole reply (RFC 3161, section 2.4.2) or the OpenTimestamps
    proof, `supporting` those of certificates and revocation lists (DER) that were fetched beside it. `authority` is
    what the signer calls it.
    """

    scheme: Scheme
    authority: Line
    size: Count
    root: Hash
    token: Hash
    supporting: Annotated[tuple[Hash, ...], msgspec.Meta(max_length=MAX_SUPPORTING)]

    def __post_init__(self) -> None:
        if list(self.supporting) != sorted(set(self.supporting)):
            raise FormatError("objects out of order, or one twice")

    def check(self, place: Place, state: "State") -> None:
        """Of the signer's own ledger, and of what lay before."""
        _check_checkpoint(place, self.size)

    def sentence(self) -> str:
        """For the log."""
        return f"had {self.authority} stamp the first {self.size} record{'' if self.size == 1 else 's'}"


class Cosigned(Body, frozen=True, kw_only=True, tag="cosigned/v1"):
    """Somebody cosigned a checkpoint of this ledger (C2SP tlog-cosignature, type 04).

    `cosigner` and `key` are the name and Ed25519 public key in their vkey, `time` is theirs, in seconds since 1970.
    """

    size: Count
    root: Hash
    cosigner: Line
    key: Base64
    time: Moment
    signature: Base64

    def __post_init__(self) -> None:
        self.cosigner_key  # noqa: B018  (raises FormatError)
        self.cosignature  # noqa: B018

    @property
    def cosigner_key(self) -> CosignerKey:
        """The cosigner's key."""
        return CosignerKey(self.cosigner, parse_base64(self.key))

    @property
    def cosignature(self) -> Cosignature:
        """What the cosigner signed, beside the checkpoint, and the signature."""
        return Cosignature(self.time, parse_base64(self.signature))

    def check(self, place: Place, state: "State") -> None:
        """Of the signer's own ledger, of what lay before; and the cosignature holds."""
        _check_checkpoint(place, self.size)
        try:
            verify_cosignature(self.cosigner_key, checkpoint_of(place.ledger, self), self.cosignature)
        except SignatureMismatch as error:
            raise RuleError("the cosignature is not one of this ledger's checkpoint by that key") from error

    def sentence(self) -> str:
        """For the log."""
        return f"had {self.cosigner} cosign the first {self.size} record{'' if self.size == 1 else 's'}"


def checkpoint_of(ledger: str, body: Timestamped | Cosigned) -> str:
    """The three lines of the checkpoint of this ledger that others vouch for: what is stamped, or cosigned."""
    return format_checkpoint(Checkpoint(origin(ledger), body.size, bytes.fromhex(body.root)))


def _check_checkpoint(place: Place, size: int) -> None:
    if place.item is not None or place.prev is not None:
        raise RuleError("what others vouch for is the whole record, not an item")
    if not 1 <= size <= place.position:
        raise RuleError("others can only have vouched for records that lie before")
