"""Fetches the header of a Bitcoin block from an explorer that the reader chose (Esplora's interface)."""

from custody.errors import FormatError, RemoteError
from custody.formats.blockheader import (
    MAX_EXPLORER_ANSWER,
    check_work,
    hash_url,
    header_url,
    parse_block_hash,
    parse_header,
    parse_served_header,
)
from custody.ports import Web, WebRequest


def fetch_header(web: Web, explorer: str, height: int) -> bytes:
    """The 80 bytes. Raises RemoteError for no answer, FormatError for another one, VerificationError for one that
    took too little work.
    """
    block_hash = parse_block_hash(_get(web, hash_url(explorer, height)))
    header = parse_served_header(_get(web, header_url(explorer, block_hash)), block_hash)
    check_work(parse_header(header))
    return header


def _get(web: Web, url: str) -> bytes:
    (answer,) = web.ask([WebRequest(url, MAX_EXPLORER_ANSWER)])
    if isinstance(answer, RemoteError):
        raise answer
    if answer.status != 200:  # an answer all the same: a block that does not exist is no sign of a server that is down
        raise FormatError(f"{url} answered with the status {answer.status}", "check the address of the explorer")
    return answer.body
