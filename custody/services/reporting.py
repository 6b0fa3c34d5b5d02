"""Makes a signed integrity report: examines, draws, signs, writes the file, then records that it was made."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from operator import itemgetter
from pathlib import Path

from custody import __version__
from custody.domain.entry import Entry
from custody.domain.events import Attempted, Collected, Corrected, Reported
from custody.domain.examination import FileState
from custody.domain.questions import judge
from custody.domain.report import RECORD_TYPE, HowToCheck, Report, ReportAttempt, ReportItem, Signatory
from custody.domain.sheet import FORMS, digest_of, item_sheet, name_of, size_of
from custody.domain.trust import Trust
from custody.domain.verdict import Verdict
from custody.domain.wording import time_in_words
from custody.errors import CustodyError, UsageError
from custody.formats import canonical
from custody.formats.canonical import Json
from custody.formats.checkpoint import Checkpoint
from custody.formats.dsse import format_envelope
from custody.formats.encoding import format_base64, format_time
from custody.formats.merkle import inclusion_proof
from custody.formats.words import format_words
from custody.ports import DocumentSigner, Machine, ReportWriter, Signer
from custody.services import looking, reading, replaying
from custody.services.auditing import Audit, AuditProgress, audit
from custody.services.recording import Draft, Recorder

ATTACHMENT = "custody-record.json"
REASON = "Integrity report"  # what the signature says that it is for

# What a report opens of an item. Paths, persona, place, machine, time zone and notes stay sealed: they help nobody
# to check the item, and may expose the volunteer. So do the names of files that could not be collected: every report
# lists those attempts, also one on a single item for somebody who has no business with the others.
OPENED = frozenset({"/name", "/description", "/found_at", "/origin", "/digest", "/size", "/handling/basis"})
OPENED |= {"/media_type", "/method", "/tool", "/captured_at"}
WITHHELD = "paths, personas, places, machines, time zones and notes"


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A report that was written and recorded: its digest, the record that says so, and the judgement it states."""

    digest: str
    record: int
    items: int
    audit: Audit


def make_report(
    recorder: Recorder,
    signer: Signer,
    trust: Trust,
    *,
    numbers: Sequence[str],
    output: Path,
    writer: ReportWriter,
    document_signer: DocumentSigner,
    progress: AuditProgress,
) -> MadeReport:
    """Write a report on the items of these numbers (none: all) to `output` and record it.

    `trust` says whose folder this is. What the report answers rests on nobody's: it is for a reader, and a sender
    cannot confirm themselves. Raises UsageError for an unknown item or a taken name; whatever is raised, no
    half-written report is left.
    """
    names = {signer.public.key_id: signer.public.name}
    seen = audit(recorder.files, recorder.world, trust, quick=False, own_names=names, progress=progress)
    seen = replace(seen, judgement=judge(replace(seen.seen, trust=Trust())))
    checkpoint, note = _checkpoint(recorder, signer)
    chosen = _choose(recorder, numbers, checkpoint.size, seen.believed)
    opened = {
        entry.id: {
            pointer: value
            for pointer, value in values.items()
            if entry.statement.position == 0 or (entry.statement.item is not None and pointer in OPENED)
        }
        for entry, values in reading.with_values(recorder.files, chosen.covered)
    }
    now = recorder.world.clock.now()
    report = _model(recorder, signer, seen, chosen, opened, checkpoint, note)
    drawn = writer.draw(report, {ATTACHMENT: _record(recorder, chosen, opened, checkpoint, note)})
    pdf = document_signer.sign(
        drawn,
        signer=signer,
        name=signer.public.name,
        reason=REASON,
        now=now,
        stamp=None,
    )
    with recorder.files.ledgers.reading() as reader:
        told = [entry.statement.body for entry in replaying.reports(reader, recorder.ledger)]
    body = Reported(
        number=len({one.number for one in told if isinstance(one, Reported)}) + 1,
        version=1,
        supersedes=None,
        document="integrity",
        unsigned_digest=hashlib.sha256(drawn).hexdigest(),
        unsigned_size=len(drawn),
        digest=hashlib.sha256(pdf).hexdigest(),
        size=len(pdf),
        items=len(chosen.items),
        whole=not numbers,
        checkpoint_size=checkpoint.size,
        checkpoint_root=checkpoint.root.hex(),
    )
    recorder.files.evidence.add(pdf)
    recorder.world.write_new(output, pdf)
    try:
        (recorded,) = recorder.append([Draft(body)])
    except BaseException:
        if not _is_named(recorder, body):
            recorder.world.discard(output)  # a report that no record tells of
        raise
    return MadeReport(body.digest, recorded.position, len(chosen.items), seen)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The entries that a report is about: the opening of the case, the items' histories, failed attempts."""

    opening: Entry
    items: tuple[Entry, ...]
    others: tuple[Entry, ...]
    attempts: tuple[Entry, ...]
    whole: bool

    @property
    def covered(self) -> list[Entry]:
        """All of them, in the order of the ledger."""
        return sorted(
            (self.opening, *self.items, *self.others, *self.attempts), key=lambda entry: entry.statement.position
        )


def _local(now: datetime, machine: Machine) -> str:
    """The moment as a clock on the wall shows it, and the zone; in UTC where the computer's zone is no zone."""
    try:
        return f"{now.astimezone():%Y-%m-%d %H:%M:%S}, {machine.time_zone()}"
    except (ValueError, OverflowError, OSError):
        return f"{now:%Y-%m-%d %H:%M:%S}, UTC"


def _is_named(recorder: Recorder, body: Reported) -> bool:
    """Whether a record names this report: what is raised after a commit, or about it, does not undo it."""
    with suppress(CustodyError, OSError):
        for one in reading.entries(recorder.files, recorder.ledger.id, body.checkpoint_size):
            if isinstance(one, Entry) and one.statement.body == body:
                return True
    return False


def _checkpoint(recorder: Recorder, signer: Signer) -> tuple[Checkpoint, bytes]:
    with recorder.files.ledgers.reading() as reader:
        return looking.sign_checkpoint(reader, recorder.ledger, signer)


def _choose(recorder: Recorder, numbers: Sequence[str], size: int, believed: frozenset[str]) -> _Chosen:
    """What the report is about: only records that were found to hold, or a forged one would be printed and signed."""
    wanted = frozenset(numbers)
    items: list[Entry] = []
    others: list[Entry] = []
    attempts: list[Entry] = []
    for entry in reading.entries(recorder.files, recorder.ledger.id):
        if not isinstance(entry, Entry) or entry.id not in believed or entry.statement.position >= size:
            continue
        statement = entry.statement
        if isinstance(statement.body, Attempted):
            attempts.append(entry)
        elif statement.item is not None and (not wanted or statement.item in wanted):
            (items if isinstance(statement.body, Collected) else others).append(entry)
    unknown = wanted - {entry.statement.item for entry in items}
    if unknown:
        raise UsageError(f"there is no item {', '.join(sorted(unknown))}", "run custody items to see them all")
    return _Chosen(recorder.ledger.opening, tuple(items), tuple(others), tuple(attempts), not wanted)


def _model(
    recorder: Recorder,
    signer: Signer,
    seen: Audit,
    chosen: _Chosen,
    opened: Mapping[str, Mapping[str, Json]],
    checkpoint: Checkpoint,
    note: bytes,
) -> Report:
    now = recorder.world.clock.now()
    key = signer.public
    judgement = seen.judgement
    member = seen.seen.state.members.get(key.key_id)
    signed_by = key.name if member is None or member.role is None else f"{key.name} ({member.role})"
    words = format_words(bytes.fromhex(key.key_id))
    sensitivities = _sensitivities(recorder, chosen)
    return Report(
        reference=recorder.whole.body.reference,
        title=str(opened[chosen.opening.id].get("/title", "")),
        generated_at=format_time(now),
        generated_local=_local(now, recorder.world.machine),
        made_by=Signatory(_introduced(recorder, key.name), key.organisation, key.key_id, words),
        scope=_scope(chosen, judgement.items.total),
        result=_result(seen, chosen),
        sensitivity=next((level for level in ("highly-sensitive", "sensitive") if level in sensitivities), "normal"),
        judgement=judgement,
        items=tuple(_item(entry, opened[entry.id], seen, signed_by) for entry in chosen.items),
        attempts=tuple(_attempts(chosen.attempts)),
        checkpoint=note.decode("utf-8"),
        checkpoint_words=format_words(checkpoint.root),
        case_id=recorder.case,
        how_to_check=_how_to_check(),
        not_shown=_NOT_SHOWN,
        attachment=ATTACHMENT,
        version=__version__,
    )


def _sensitivities(recorder: Recorder, chosen: _Chosen) -> set[Json]:
    """How sensitive the items are, as last corrected."""
    levels: dict[str | None, Json] = {
        entry.statement.item: entry.statement.body.handling.sensitivity
        for entry in chosen.items
        if isinstance(entry.statement.body, Collected)
    }
    corrected = [
        entry
        for entry in chosen.others
        if isinstance(entry.statement.body, Corrected) and entry.statement.body.field == "sensitivity"
    ]
    told = reading.opened_values(recorder.files, corrected)
    levels |= {one.statement.item: told[one.id]["/value"] for one in corrected if "/value" in told[one.id]}
    return set(levels.values())


def _introduced(recorder: Recorder, name: str) -> str:
    return f"{name} (a pseudonym)" if recorder.ledger.body.legal_name is not None else name


def _scope(chosen: _Chosen, total: int) -> str:
    if chosen.whole:
        covered = f"All {total} items of the record." if total != 1 else "The one item of the record."
    else:
        covered = f"{len(chosen.items)} of the {total} items of the record; the others are not described here."
    return f"{covered} Not printed, and not opened where under seal: {WITHHELD}."


def _result(seen: Audit, chosen: _Chosen) -> str:
    states = [seen.seen.files.get(entry.statement.item or "") for entry in chosen.items]
    matching = sum(state is FileState.MATCHES for state in states)
    exceptions = sum(
        finding.verdict is Verdict.FAILED
        for _, answer in seen.judgement.questions.each()
        for finding in answer.findings
    )
    items = f"{matching} of {len(states)} item{'' if len(states) == 1 else 's'} match"
    if chosen.whole:
        return f"{items}; {exceptions} exception{'' if exceptions == 1 else 's'}"
    # Exceptions are of the whole record: whoever chose the items must not hide what is wrong with the others.
    return f"{items}; {exceptions} exception{'' if exceptions == 1 else 's'} in the whole record"


def _item(entry: Entry, values: Mapping[str, Json], seen: Audit, signer: str) -> ReportItem:
    body = entry.statement.body
    assert isinstance(body, Collected)
    number = entry.statement.item or ""
    state = seen.seen.files.get(number, FileState.UNJUDGED)
    hidden = {"Original name", "What", "SHA-256", "Size", "Path", "Persona used", "Place", "Machine", "Time zone"}
    facts = tuple(pair for pair in item_sheet(entry, values, signer) if pair[0] not in hidden)
    return ReportItem(
        number=number,
        digest=digest_of(body, values),
        size=size_of(body, values),
        what=FORMS[body.form],
        state=state.value,
        matches={FileState.MATCHES: True, FileState.CHANGED: False, FileState.MISSING: False}.get(state),
        name=name_of(body, values),
        facts=facts,
    )


def _attempts(entries: Sequence[Entry]) -> Iterator[ReportAttempt]:
    for entry in entries:
        body = entry.statement.body
        assert isinstance(body, Attempted)
        yield ReportAttempt(entry.statement.position, body.outcome, time_in_words(entry.statement.time))


def _record(
    recorder: Recorder,
    chosen: _Chosen,
    opened: Mapping[str, Mapping[str, Json]],
    checkpoint: Checkpoint,
    note: bytes,
) -> bytes:
    """The signed record of what the report is about: envelopes, proofs under the checkpoint, openings.

    Read slice by slice, so that writers never wait long: under a checkpoint, a proof is the same in every view.
    """
    ledger = recorder.ledger.id
    remaining = iter(chosen.covered)
    entries: list[Json] = []
    openings: list[dict[str, Json]] = []
    while some := list(islice(remaining, reading.SLICE)):
        with recorder.files.ledgers.reading() as reader:
            node = partial(reader.node, ledger)
            for entry in some:
                position = entry.statement.position
                entries.append(
                    {
                        "envelope": format_envelope(entry.envelope).decode("utf-8"),
                        "position": position,
                        "proof": [format_base64(one) for one in inclusion_proof(position, checkpoint.size, node)],
                    }
                )
                openings += (
                    {
                        "pointer": row.pointer,
                        "salt": format_base64(row.salt),
                        "statement": entry.id,
                        "value": opened[entry.id][row.pointer],
                    }
                    for row in reader.openings(ledger, position, position + 1)
                    if row.pointer in opened[entry.id]
                )
    return canonical.encode(
        {
            "case": recorder.case,
            "checkpoint": note.decode("utf-8"),
            "entries": entries,
            "ledger": ledger,
            "openings": [*sorted(openings, key=itemgetter("statement"))],
            "type": RECORD_TYPE,
        }
    )


_NOT_SHOWN = (
    "It does not show that what the files show is true, who made them, or who is to be seen or heard in them.",
    "It does not show that the person named as signer was at the keyboard; it shows which key signed.",
    "It does not show what happened to a file before it was recorded, or how long before that it existed.",
    "Times are those of the recorder's own clock unless an outside authority is named.",
    "It does not show that everything which could have been collected was collected.",
)


def _how_to_check() -> tuple[HowToCheck, ...]:
    return (
        HowToCheck(
            "Compare the SHA-256 value of a file you were given with the one printed here (Windows, macOS, Linux).",
            ("certutil -hashfile FILE SHA256", "shasum -a 256 FILE", "sha256sum FILE"),
        ),
        HowToCheck(
            "Check the signature of this document: open it in any PDF reader that shows signatures, or use poppler. "
            "The signer's certificate is their own: compare its key with the fingerprint that they tell you.",
            ("pdfsig REPORT.pdf",),
        ),
        HowToCheck(
            f"Take out the attached record ({ATTACHMENT}); docs/format.md of custody says how each entry is signed "
            "and how its proof leads to the checkpoint printed here.",
            ("pdfdetach -saveall REPORT.pdf",),
        ),
        HowToCheck(
            "The parts list of an item that is a folder checks all of it: run this inside a copy of the folder.",
            ("sha256sum -c PARTS-LIST",),
        ),
    )
