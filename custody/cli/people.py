"""`custody invite`, `join`, `member`, `share`, `merge`: who belongs to a case, and how records reach each other."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from custody import bootstrap
from custody.cli.case import check_label, initials
from custody.cli.keys import make_key
from custody.cli.options import PLAIN, CaseOption, JsonOption, KeyOption, PassphraseOption
from custody.cli.resolving import check_not_typed, the_case, the_member, the_signer, unlock, wanted_key
from custody.cli.safekeeping import plain_name
from custody.cli.terminal import Terminal
from custody.domain.events.membership import IDENTIFIED, Identified, Loss
from custody.domain.trust import MIN_CONFIRMED
from custody.errors import CustodyError, RuleError, UsageError, VerificationError
from custody.formats.share import Share
from custody.formats.words import format_words, parse_words
from custody.ports import CaseFiles, Signer
from custody.services import exchanging, listing, looking, recording, replaying

app = typer.Typer(**PLAIN, help="The people of a case: list them, take one in, end or replace a key.")

SinceOption = Annotated[
    str | None,
    typer.Option(
        "--compromised-since",
        metavar="TIME",
        help="Since when the key was in other hands, as 2026-11-24T03:02Z. Then its earlier records are OPEN.",
    ),
]


def invite(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The invitation to write.")],
    label: Annotated[
        str | None, typer.Option("--label", help="What their item numbers are to begin with, such as MKO.")
    ] = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write an invitation to this case, for somebody to join with: custody join FILE."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    bootstrap.check_new(output)
    recorder = recording.Recorder(files, bootstrap.world(), the_signer(terminal, files, key, passphrase_file))
    bootstrap.write_new(output, exchanging.invite(recorder, None if label is None else check_label(label)))
    words = format_words(bytes.fromhex(recorder.whole.lead.owner))
    if as_json:
        terminal.result({"case": recorder.case, "file": str(output), "words": words})
        return
    terminal.say(f"Wrote {output}. Send it to whom you want in the case. It tells them the case's title and your name.")
    terminal.say(f"When they ask, read them the eight words of the key that opened this case: {words}")
    terminal.say("They type: custody join FILE. Then they send you a reply, and read you their eight words.")
    terminal.say("Next: custody member add REPLY")


def join(
    invitation: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="The invitation that the lead sent you; none where you share her folder."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The folder to make for the case; else one named after it.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="REPLY", help="The reply to write; else reply-LABEL.custody."),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option("--label", help="Begins your item numbers. Else what the lead suggests, or your initials."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Your name, if you have no key yet.")] = None,
    organisation: Annotated[
        str | None, typer.Option("--organisation", help="Whom you work for, if you have no key yet.")
    ] = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Join a case that you are invited to. You can record at once; your records count when the lead takes you in."""
    terminal = Terminal(as_json=as_json)
    if invitation is None:
        _join_here(terminal, label, name, organisation, key, passphrase_file)
        return
    share = exchanging.parse(invitation)
    lead = exchanging.lead_of(share)
    reference = looking.Case(lead, {lead.id: lead}).body.reference
    folder = folder or Path(plain_name(reference))
    place = bootstrap.make_case(folder)
    signer = _own_key(terminal, name, organisation, key, passphrase_file)
    label = check_label(label) if label else share.head.label or initials(signer.public.name)
    output = output or Path(f"reply-{label}.custody")
    bootstrap.check_new(output)
    world = bootstrap.world()
    with place as draft:
        ledger = exchanging.join(bootstrap.case_files(draft), world, signer, share, label)
    files = bootstrap.case_files(bootstrap.read_case(folder.absolute()))
    whole = looking.look(files, world)
    bootstrap.write_new(output, b"".join(exchanging.share(files, whole, [ledger], kind="reply")))
    words = format_words(bytes.fromhex(signer.public.key_id))
    lead_words = format_words(bytes.fromhex(lead.owner))
    if as_json:
        terminal.result(
            {
                "case": whole.id,
                "file": str(output),
                "folder": str(folder.absolute()),
                "label": label,
                "lead_words": lead_words,
                "ledger": ledger,
                "words": words,
            }
        )
        return
    terminal.say(f"You have joined case {reference}, in {folder}. Your items will be {label}-1, {label}-2 and so on.")
    terminal.say(f"1. Ask the case lead for her eight words. They must be: {lead_words}")
    terminal.say("   If they are not, somebody else made this invitation: stop here, and tell her.")
    terminal.say(f"2. Send her {output}, and read her your eight words: {words}")
    terminal.say(f"You can record at once. Next: cd {folder}, then: custody collect FILE…")


@app.command("add")
def add(
    reply: Annotated[
        str, typer.Argument(metavar="REPLY|LABEL", help="The file that they sent you, or who joined in this folder.")
    ],
    words: Annotated[
        str | None, typer.Option("--words", metavar="WORDS", help="The eight words that you heard from them.")
    ] = None,
    identified: Annotated[
        Identified | None, typer.Option("--identified", help="How you know that it was them.")
    ] = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take somebody into the case, after comparing the eight words of their key."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    here = next((one for one in looking.look(files, bootstrap.world()).ledgers.values() if one.label == reply), None)
    share = None
    if here is None:
        share = _reply(Path(reply))
        owner, ledger = exchanging.owner_of(share), share.ledgers[0].id
    else:
        owner, ledger = here.owner, here.id
    how = _heard(terminal, owner, words, identified)
    recorder = recording.Recorder(files, bootstrap.world(), the_signer(terminal, files, key, passphrase_file))
    exchanging.check_lead(recorder)
    known = recorder.state().members.get(owner)
    if share is not None:
        _take_in(recorder, share)
    if known is not None and known.key_id in recorder.state().deputies:
        _told(terminal, files, ledger, "They are in the case since it was opened, as a deputy.")
        return
    exchanging.enrol(recorder, ledger, how)
    _told(terminal, files, ledger, f"They are in the case ({IDENTIFIED[how]}).")


@app.command("list")
def list_members(case: CaseOption = None, as_json: JsonOption = False) -> None:
    """List the people of the case: their labels and keys, who took them in, and how they were identified."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    whole = looking.look(files, bootstrap.world())
    names = listing.names(files, whole)
    with files.ledgers.reading() as reader:
        state = replaying.replay(reader, whole)
    if as_json:
        terminal.result(
            {
                "members": [
                    {
                        "deputy": member.key_id in state.deputies,
                        "enrolled": member.enrolled_by is not None,
                        "identified": member.identified,
                        "key_id": member.key_id,
                        "label": member.label,
                        "lead": member.key_id == state.lead,
                        "name": names.get(member.key_id),
                        "revoked": member.revoked is not None,
                        "words": format_words(bytes.fromhex(member.key_id)),
                    }
                    for member in state.members.values()
                ]
            }
        )
        return
    rows = [("LABEL", "NAME", "KEY", "IS")]
    for member in state.members.values():
        standing = [
            *(["lead"] if member.key_id == state.lead else []),
            *(["deputy"] if member.key_id in state.deputies else []),
            *(["not taken in yet"] if member.enrolled_by is None else []),
            *([IDENTIFIED[member.identified]] if member.identified is not None else []),  # type: ignore[index]
            *(["key taken out"] if member.revoked is not None else []),
        ]
        rows.append((member.label or "", names.get(member.key_id, "(sealed)"), member.key_id[:16], ", ".join(standing)))
    terminal.columns(rows)


@app.command("revoke")
def revoke(
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="Their label, name or key id.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept under seal.")],
    compromised_since: SinceOption = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a key out of the case: what it signs from now on fails. Merge its newest records before."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    recorder = recording.Recorder(
        files, bootstrap.world(), the_signer(terminal, files, key, passphrase_file, typed={"the reason": reason})
    )
    who = the_member(files, recorder.whole, recorder.state(), member)
    record = exchanging.revoke(recorder, who.key_id, reason, _since(compromised_since))
    if as_json:
        terminal.result({"key_id": who.key_id, "statement": record})
        return
    terminal.say(f"The key of {who.label} is out of the case. Tell everybody: custody share -o FILE.")


@app.command("replace")
def replace(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Their label, name or old key id.")],
    reply: Annotated[Path, typer.Argument(metavar="REPLY", help="The reply to a new invitation, by their new key.")],
    reason: Annotated[Loss, typer.Option("--reason", help="Whether the old key was lost or stolen.")],
    words: Annotated[
        str | None, typer.Option("--words", metavar="WORDS", help="The eight words that you heard from them.")
    ] = None,
    identified: Annotated[
        Identified | None, typer.Option("--identified", help="How you know that it was them.")
    ] = None,
    compromised_since: SinceOption = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a person go on with a new key, after theirs was lost or stolen. They hold what they held."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    since = _since(compromised_since, reason)
    share = _reply(reply)
    how = _heard(terminal, exchanging.owner_of(share), words, identified)
    recorder = recording.Recorder(files, bootstrap.world(), the_signer(terminal, files, key, passphrase_file))
    who = the_member(files, recorder.whole, recorder.state(), old)
    exchanging.check_lead(recorder)
    if who.key_id == recorder.signer.public.key_id:
        raise RuleError("the lead's own key is replaced by a deputy who takes the lead over", "custody member lead")
    if who.revoked is not None:
        raise RuleError(
            f"key {who.key_id[:16]}… was taken out of the case before", "custody member list tells who is what"
        )
    _take_in(recorder, share)
    ledger = share.ledgers[0].id
    exchanging.replace(recorder, who.key_id, ledger, how, reason, since)
    _told(terminal, files, ledger, f"It is the same person as {who.label} before.")


@app.command("lead")
def lead(
    reason: Annotated[Loss, typer.Option("--reason", help="Whether the lead's key was lost or stolen.")],
    compromised_since: SinceOption = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take the lead over. Only a deputy can, who was named when the case was opened."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    recorder = recording.Recorder(files, bootstrap.world(), the_signer(terminal, files, key, passphrase_file))
    record = exchanging.take_over(recorder, reason, _since(compromised_since, reason))
    if as_json:
        terminal.result({"statement": record})
        return
    terminal.say("You have the lead. The former lead's key is out of the case. Tell everybody: custody share -o FILE.")


def share(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The file to write.")],
    sealed: Annotated[
        bool, typer.Option("--sealed", help="Tell nothing that is under seal: names, notes, places.")
    ] = False,
    everybody: Annotated[
        bool, typer.Option("--all", help="Also the ledgers of others, as far as you have them.")
    ] = False,
    case: CaseOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write your records to a file, for others in the case to take in: custody merge FILE. No evidence is in it."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    whole = looking.look(files, bootstrap.world())
    own = _own_ledger(whole, wanted_key(key))
    ledgers = sorted(whole.ledgers) if everybody else [own.id]
    bootstrap.write_new(output, b"".join(exchanging.share(files, whole, ledgers, openings=not sealed)))
    if as_json:
        terminal.result({"file": str(output), "ledgers": ledgers})
        return
    what = "" if sealed else " It tells what is under seal: send it only to people of the case."
    terminal.say(f"Wrote {output}.{what}")
    terminal.say("They take it in with: custody merge FILE")


def merge(
    sources: Annotated[
        list[Path], typer.Argument(metavar="FILE|FOLDER…", help="What others sent: share files, or their case folders.")
    ],
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take in other people's records, unchanged and checked, and sign that you have seen them."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    shares = [_read(source) for source in sources]
    recorder = recording.Recorder(files, bootstrap.world(), the_signer(terminal, files, key, passphrase_file))
    merged = [one for share in shares for one in _merge(recorder, share)]
    position = exchanging.see(recorder, merged)
    wrong = [one for one in merged if one.wrong is not None]
    if as_json:
        terminal.result(
            {
                "ledgers": [
                    {
                        "before": one.before,
                        "label": one.label,
                        "ledger": one.ledger,
                        "size": one.size,
                        "wrong": one.wrong,
                    }
                    for one in merged
                ],
                "record": position,
            }
        )
    for one in [] if as_json else merged:
        if one.wrong is None:
            new = one.size - one.before
            told = f"{new} new record{'' if new == 1 else 's'}" if new else "nothing new"
            terminal.say(f"{one.label}: {told}, {one.size} in all.")
        else:
            terminal.say(f"{one.label}: NOT taken in: {one.wrong}.")
    if wrong and as_json:
        raise typer.Exit(VerificationError.exit_code)
    if wrong:
        raise VerificationError(
            f"{len(wrong)} of {len(merged)} ledgers {'was' if len(merged) == 1 else 'were'} not taken in",
            "keep what was sent, and ask its sender how it came about; the others were taken in",
        )


def _join_here(
    terminal: Terminal,
    label: str | None,
    name: str | None,
    organisation: str | None,
    key: str | None,
    passphrase_file: Path | None,
) -> None:
    """Join in the case folder that others work in, at one desk."""
    files = the_case(None)
    signer = _own_key(terminal, name, organisation, key, passphrase_file)
    label = check_label(label) if label else initials(signer.public.name)
    ledger = exchanging.join_here(files, bootstrap.world(), signer, label)
    words = format_words(bytes.fromhex(signer.public.key_id))
    if terminal.as_json:
        terminal.result({"label": label, "ledger": ledger, "words": words})
        return
    terminal.say(f"You have a ledger in this folder. Your items will be {label}-1, {label}-2 and so on.")
    terminal.say(f"Read the case lead your eight words: {words}")
    terminal.say(f"She types: custody member add {label}")


def _own_key(
    terminal: Terminal, name: str | None, organisation: str | None, key: str | None, passphrase_file: Path | None
) -> Signer:
    """The key of whoever joins, made anew where there is none, unlocked."""
    store = bootstrap.key_store()
    typed = {"the name": name, "the organisation": organisation}
    if not store.all_keys():
        public, passphrase = make_key(terminal, name, organisation, None, passphrase_file, typed=typed)
        return store.unlock(public, passphrase)
    signer, passphrase = unlock(terminal, store, store.find(wanted_key(key)), passphrase_file)
    check_not_typed(passphrase, typed)
    return signer


def _own_ledger(whole: looking.Case, wanted: str | None) -> looking.Ledger:
    store = bootstrap.key_store()
    keys = store.all_keys() if wanted is None else (store.find(wanted),)
    found = [ledger for key in keys if (ledger := whole.owned_by(key.key_id)) is not None]
    if len(found) != 1:
        raise UsageError("it is not clear whose ledger is meant", "name your key with --key")
    return found[0]


def _read(source: Path) -> Share:
    if not source.is_dir():
        return exchanging.parse(source)
    try:
        found = bootstrap.read_case(source.absolute())
    except CustodyError as error:
        raise UsageError(
            f"{source} is no case folder", "name a share file, or a folder with case.toml in it"
        ) from error
    return exchanging.from_folder(bootstrap.case_files(found))


def _merge(recorder: recording.Recorder, share: Share) -> list[exchanging.Merged]:
    return exchanging.merge(recorder.files, recorder.world, share, recorder.ledger.id)


def _take_in(recorder: recording.Recorder, share: Share) -> None:
    for one in _merge(recorder, share):
        if one.wrong is not None:
            raise VerificationError(f"the reply does not hold: {one.wrong}", "ask for it to be sent again")


def _reply(path: Path) -> Share:
    share = exchanging.parse(path)
    if share.head.kind != "reply":
        raise UsageError(f"{path} is not a reply to an invitation", "they make one with: custody join FILE")
    return share


def _heard(terminal: Terminal, owner: str, words: str | None, identified: Identified | None) -> Identified:
    """How the person was identified, once the words that were heard are those of their key.

    Raises VerificationError for other words, UsageError when none were typed though somebody was heard.
    """
    if identified is None and terminal.can_ask:
        choices = list(IDENTIFIED.items())
        identified = terminal.choose("How do you know that it is them?", choices, default=None)
    if identified is None:
        raise UsageError("--identified is needed", f"one of {', '.join(get_args(Identified))}")
    if identified == "not-checked":
        return identified
    if words is None and terminal.can_ask:
        words = terminal.ask_text("The eight words that you heard from them:")
    if words is None:
        raise UsageError("--words is needed", "type the eight words that you heard from them, in quotes")
    if parse_words(words) != bytes.fromhex(owner)[:MIN_CONFIRMED]:
        raise VerificationError(
            "these are not the words of the key in this reply",
            "ask again; if they stay different, somebody else made the reply: do not take them in",
        )
    return identified


def _told(terminal: Terminal, files: CaseFiles, ledger: str, words: str) -> None:
    whole = looking.look(files, bootstrap.world())
    member = whole.ledgers[ledger]
    if terminal.as_json:
        terminal.result({"key_id": member.owner, "label": member.label, "ledger": ledger})
        return
    name = listing.names(files, whole).get(member.owner, "(sealed)")
    terminal.say(f"{member.label}: {name}. {words}")
    terminal.say("Tell everybody, also them: custody share -o FILE")


def _since(text: str | None, reason: str = "") -> str | None:
    if text is None:
        return None
    if reason == "lost":
        raise UsageError("a key that was only lost was in nobody's hands", "leave out --compromised-since")
    from custody.cli.collecting import parse_moment

    return parse_moment(text)
