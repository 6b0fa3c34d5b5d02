"""Turns a statement into a signed row of the ledger."""

from collections.abc import Iterable

from custody.domain.statement import (
    PAYLOAD_TYPE,
    Statement,
    filed_under,
    format_statement,
    parse_statement,
    statement_id,
)
from custody.errors import FormatError
from custody.formats.dsse import Envelope, format_envelope, pae
from custody.formats.merkle import Frontier, leaf_hash
from custody.formats.seal import Opening
from custody.ports import OpeningRow, Row, Signer


def sign_row(signer: Signer, statement: Statement, frontier: Frontier) -> tuple[str, Row]:
    """The statement's id and its row, whose leaf is added to `frontier`.

    Raises FormatError for a statement that could not be read again: nothing is signed that a stranger cannot parse.
    """
    payload = format_statement(statement)
    if parse_statement(payload) != statement:
        raise FormatError("the statement would not read back as it was meant; nothing was signed")
    envelope = format_envelope(
        Envelope(
            payload_type=PAYLOAD_TYPE,
            unverified_payload=payload,
            key_id=statement.signer,
            signature=signer.sign(pae(PAYLOAD_TYPE, payload)),
        )
    )
    nodes = b"".join(frontier.append(leaf_hash(envelope)))
    return statement_id(payload), Row(statement.position, filed_under(statement), envelope, nodes)


def opening_rows(position: int, openings: Iterable[Opening]) -> list[OpeningRow]:
    """The rows that keep what opens the seals of the entry at `position`."""
    return [OpeningRow(position, opening.pointer, opening.salt, opening.encoded) for opening in openings]
