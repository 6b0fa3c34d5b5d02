"""The recovery sheet: everything that the printed copy of an encrypted key says, as values. Draws nothing."""

from dataclasses import dataclass

from custody.domain.report import Signatory


@dataclass(frozen=True, slots=True)
class RecoverySheet:
    """Whose key, the text lines of its encrypted file, and the texts of the QR codes that hold the same lines.

    `made_at` is the 27-character time of the sheet. Nothing in it can be used without the passphrase.
    """

    owner: Signatory
    made_at: str
    lines: tuple[str, ...]
    codes: tuple[str, ...]
