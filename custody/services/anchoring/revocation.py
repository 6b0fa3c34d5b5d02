"""Keeps the revocation lists of the chains that stamped a ledger, so that a later verifier needs no network.

A list is fetched anew when the kept one is a day old: so stamping asks the authorities alone, but for once a day.
"""

from collections.abc import Sequence
from datetime import timedelta

from custody.domain.events.anchors import MAX_SUPPORTING
from custody.errors import CustodyError, FormatError
from custody.formats.encoding import format_time, parse_time
from custody.ports import StampQueue, Web, WebRequest
from custody.services.recording import Recorder

LASTS = timedelta(days=1)  # most authorities issue a list a day


def fetch_lists(
    recorder: Recorder, web: Web, queue: StampQueue, chains: Sequence[Sequence[bytes]]
) -> list[tuple[str, ...]]:
    """For each chain (DER certificates), the objects that hold its revocation lists, ascending.

    One that cannot be had is told, and left out: a stamp holds without it, and it can be had from others.
    """
    if not any(chains):
        return [() for _ in chains]
    from custody.formats.revocation import MAX_CRL, parse_crl, revocation_urls

    now = recorder.world.clock.now()
    urls = [revocation_urls(chain) for chain in chains]
    known = {}
    for url in {url for some in urls for url in some}:
        before = queue.revocation_list(recorder.ledger.id, url)
        if before is not None and now - parse_time(before.fetched) < LASTS:
            known[url] = before.object
    wanted = sorted({url for some in urls for url in some} - known.keys())
    for url, answer in zip(wanted, web.ask([WebRequest(url, MAX_CRL) for url in wanted]), strict=True):
        try:
            if isinstance(answer, CustodyError):
                raise answer
            if answer.status != 200:
                raise FormatError(f"it answered with the status {answer.status}")
            known[url] = recorder.files.evidence.add(parse_crl(answer.body))
        except CustodyError as error:
            recorder.world.warn(f"Note: the revocation list at {url} could not be kept: {error.message}")
            continue
        queue.keep_revocation_list(recorder.ledger.id, url, known[url], format_time(now))
    return [tuple(sorted({known[url] for url in some if url in known})[:MAX_SUPPORTING]) for some in urls]
