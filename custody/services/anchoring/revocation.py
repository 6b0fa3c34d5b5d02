"""Keeps the revocation lists of the chains that stamped a ledger, so that a later verifier needs no network.

A list is fetched anew when the kept one is a day old: so stamping asks the authorities alone, but for once a day.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from custody.errors import CustodyError, FormatError
from custody.formats.encoding import format_time, parse_time
from custody.ports import StampQueue, Web, WebRequest, body_of
from custody.services import tokens
from custody.services.recording import Recorder

LASTS = timedelta(days=1)  # most authorities issue a list a day


def fetch_lists(
    recorder: Recorder, web: Web, queue: StampQueue, chains: Sequence[Sequence[bytes]]
) -> list[Mapping[str, bytes]]:
    """For each chain (DER certificates) its revocation lists (DER), by the names of their objects.

    One that cannot be had, or is by none of these authorities, is told, and left out: a stamp holds without it, and it
    can be had from others.
    """
    if not any(chains):
        return [{} for _ in chains]
    from custody.formats.revocation import MAX_CRL, is_list_of, parse_crl, revocation_urls

    now = recorder.world.clock.now()
    urls = [revocation_urls(chain) for chain in chains]
    wanted = sorted({url for some in urls for url in some})
    lists = {url: kept for url in wanted if (kept := _kept(recorder, queue, url, now)) is not None}
    missing = [url for url in wanted if url not in lists]
    for url, answer in zip(missing, web.ask([WebRequest(url, MAX_CRL) for url in missing]), strict=True):
        try:
            data = parse_crl(body_of(answer, "it"))
            if not any(is_list_of(data, chain) for chain in chains):
                # Fetched by plain http: whoever sits between would put a megabyte a day into the case, and its shares.
                raise FormatError("it is not signed by an authority of these stamps")
        except CustodyError as error:
            recorder.world.warn(f"Note: the revocation list at {url} could not be kept: {error.message}")
            continue
        lists[url] = recorder.files.evidence.add(data), data
        queue.keep_revocation_list(recorder.ledger.id, url, lists[url][0], format_time(now))
    return [dict(sorted(lists[url] for url in some if url in lists)) for some in urls]


def _kept(recorder: Recorder, queue: StampQueue, url: str, now: datetime) -> tuple[str, bytes] | None:
    """The list from this address that was kept less than a day ago, if its object is here as it was kept."""
    kept = queue.revocation_list(recorder.ledger.id, url)
    # One of a moment still to come was kept while the clock was wrong: it would last until then.
    if kept is None or not timedelta() <= now - parse_time(kept.fetched) < LASTS:
        return None
    data = tokens.read(recorder.files.evidence, kept.object)
    return None if data is None else (kept.object, data)
