"""A signer as forms and sheets name them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signatory:
    """`key_id` is hexadecimal, `words` its eight words."""

    name: str
    organisation: str
    key_id: str
    words: str
