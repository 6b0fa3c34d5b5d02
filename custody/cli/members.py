"""`custody member`: the people of a case; the lead takes them in, ends and replaces their keys."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from custody import bootstrap
from custody.cli.case import check_line
from custody.cli.options import PLAIN, CaseOption, JsonOption, KeyOption, PassphraseOption
from custody.cli.resolving import the_case, the_member, the_recorder
from custody.cli.terminal import Terminal
from custody.domain.events.membership import IDENTIFIED, Identified, Loss
from custody.domain.trust import MIN_CONFIRMED
from custody.errors import CustodyError, RuleError, UsageError, VerificationError
from custody.formats.share import Share
from custody.formats.words import format_words, parse_words
from custody.ports import CaseFiles
from custody.services import exchanging, listing, looking, replaying
from custody.services.recording import Recorder

app = typer.Typer(**PLAIN, help="The people of a case: list them, take one in, end or replace a key.")

SinceOption = Annotated[
    str | None,
    typer.Option(
        "--compromised-since",
        metavar="TIME",
        help="Since when the key was in other hands, as 2026-11-24T03:02Z. Then its earlier records are OPEN.",
    ),
]


WordsOption = Annotated[
    str | None, typer.Option("--words", metavar="WORDS", help="The eight words that you heard from them.")
]
IdentifiedOption = Annotated[Identified | None, typer.Option("--identified", help="How you know that it was them.")]
RoleOption = Annotated[
    str | None, typer.Option("--role", help="What they do in the case, such as investigator. It is not secret.")
]


@app.command("add")
def add(
    reply: Annotated[
        str, typer.Argument(metavar="REPLY|LABEL", help="The file that they sent you, or who joined in this folder.")
    ],
    words: WordsOption = None,
    identified: IdentifiedOption = None,
    role: RoleOption = None,
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
    recorder = the_recorder(terminal, case, key, passphrase_file)
    exchanging.check_lead(recorder)
    deputy = owner in recorder.state().deputies
    role = None if deputy else _role(terminal, recorder, role, reply)
    if share is not None:
        exchanging.take_in(recorder, share)
    if deputy:
        _told(terminal, recorder.files, ledger, "They are in the case since it was opened, as a deputy.")
        return
    exchanging.enrol(recorder, ledger, how, role)
    _told(terminal, recorder.files, ledger, f"They are in the case ({IDENTIFIED[how]}).")


@app.command("list")
def list_members(case: CaseOption = None, as_json: JsonOption = False) -> None:
    """List the people of the case: their labels and keys, who took them in, and how they were identified."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    whole = looking.look(files, bootstrap.world())
    names = listing.names(files, whole)
    own = {key.key_id for key in bootstrap.key_store().all_keys()}
    ledgers = {ledger.owner: ledger for ledger in whole.ledgers.values() if ledger.body.legal_name is not None}
    # Not one's own: that is for `disclose`, and who looks over a shoulder need not read it.
    legal = {
        key: name for key, one in ledgers.items() if key not in own and (name := exchanging.legal_name(files, one))
    }
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
                        "legal_name": legal.get(member.key_id),
                        "name": names.get(member.key_id),
                        "pseudonym": member.key_id in ledgers,
                        "revoked": member.revoked is not None,
                        "role": member.role,
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
            *(["pseudonym"] if member.key_id in ledgers else []),
            *([member.role] if member.role is not None else []),
            *(["not taken in yet"] if member.enrolled_by is None else []),
            *([IDENTIFIED[member.identified]] if member.identified is not None else []),  # type: ignore[index]
            *(["key taken out"] if member.revoked is not None else []),
        ]
        name = names.get(member.key_id, "(sealed)")
        if member.key_id in legal:
            name += f", legal name: {legal[member.key_id]}"
        rows.append((member.label or "", name, member.key_id[:16], ", ".join(standing)))
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
    recorder = the_recorder(terminal, case, key, passphrase_file, typed={"the reason": reason})
    who = the_member(recorder.files, recorder.whole, recorder.state(), member)
    record = exchanging.revoke(recorder, who.key_id, reason, _since(compromised_since))
    if as_json:
        terminal.result({"key_id": who.key_id, "statement": record})
        return
    terminal.sentence(f"The key of {who.label} is out of the case. Tell everybody: custody share -o FILE.")


@app.command("replace")
def replace(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Their label, name or old key id.")],
    reply: Annotated[Path, typer.Argument(metavar="REPLY", help="The reply to a new invitation, by their new key.")],
    reason: Annotated[Loss, typer.Option("--reason", help="Whether the old key was lost or stolen.")],
    words: WordsOption = None,
    identified: IdentifiedOption = None,
    compromised_since: SinceOption = None,
    role: RoleOption = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a person go on with a new key, after theirs was lost or stolen. They hold what they held."""
    terminal = Terminal(as_json=as_json)
    since = _since(compromised_since, reason)
    share = _reply(reply)
    how = _heard(terminal, exchanging.owner_of(share), words, identified)
    recorder = the_recorder(terminal, case, key, passphrase_file)
    who = the_member(recorder.files, recorder.whole, recorder.state(), old)
    exchanging.check_lead(recorder)
    if who.key_id == recorder.signer.public.key_id:
        raise RuleError(
            "the lead's own key is replaced by a deputy who takes the lead over", "a deputy types: custody member lead"
        )
    if who.revoked is not None:
        raise RuleError(
            f"key {who.key_id[:16]}… was taken out of the case before", "custody member list tells who is what"
        )
    role = _role(terminal, recorder, role or who.role, str(reply))
    exchanging.take_in(recorder, share)
    ledger = share.ledgers[0].id
    exchanging.replace(recorder, who.key_id, ledger, how, reason, since, role)
    _told(terminal, recorder.files, ledger, f"It is the same person as {who.label} before.")


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
    recorder = the_recorder(terminal, case, key, passphrase_file)
    record = exchanging.take_over(recorder, reason, _since(compromised_since, reason))
    if as_json:
        terminal.result({"statement": record})
        return
    terminal.sentence(
        "You have the lead. The former lead's key is out of the case. Tell everybody: custody share -o FILE."
    )


@app.command("disclose")
def disclose(
    to: Annotated[str, typer.Option("--to", metavar="WHO", help='For whom, such as "Court, file 3 KLs 12/26".')],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept under seal.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The file that shows the name.")],
    label: Annotated[str | None, typer.Argument(metavar="[LABEL]", help="Your label, to be sure whose name.")] = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open the legal name behind your own pseudonym for a court. It is recorded; the name goes into the file only."""
    terminal = Terminal(as_json=as_json)
    check_line("name of whom it is for", to, "type it in one line")
    check_line("reason", reason, "type it in one line")
    bootstrap.check_new(output)
    recorder = the_recorder(terminal, case, key, passphrase_file, typed={"--to": to, "the reason": reason})
    own = recorder.ledger
    if label is not None and label.upper() != own.label:
        raise RuleError(
            f"only whoever goes by a pseudonym discloses their legal name, and your label is {own.label}",
            "ask them to do it: custody member disclose",
        )
    disclosed = exchanging.disclose_legal_name(recorder, to, reason)
    try:
        bootstrap.write_new(output, b"".join(disclosed.lines))
    except (CustodyError, OSError):
        terminal.note("The disclosure is recorded; only its file was not written. Once more records it once more.")
        raise
    if as_json:
        terminal.result({"file": str(output), "label": own.label, "statement": disclosed.record})
        return
    terminal.say(f"{own.label} is {recorder.signer.public.name}, legal name: {disclosed.legal_name}.")
    terminal.sentence(f"Wrote {output}. Whoever has it can read the legal name: send it to nobody else.")
    terminal.sentence("It is recorded for whom and why. They type, in a folder of this case:")
    terminal.say(f"  custody merge {output.name}, then: custody member list")


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


def _role(terminal: Terminal, recorder: Recorder, role: str | None, who: str) -> str | None:
    """Their role, asked for where one is demanded. Raises UsageError, RuleError."""
    state = recorder.state()
    policy = state.policy_known_to(state.people)
    if role is None and policy is not None and policy.roles and terminal.can_ask:
        role = terminal.ask_text("What is their role in the case? (not secret)")
    exchanging.check_role(recorder, role, who)
    return role


def _told(terminal: Terminal, files: CaseFiles, ledger: str, words: str) -> None:
    whole = looking.look(files, bootstrap.world())
    member = whole.ledgers[ledger]
    if terminal.as_json:
        terminal.result({"key_id": member.owner, "label": member.label, "ledger": ledger})
        return
    name = listing.names(files, whole).get(member.owner, "(sealed)")
    terminal.sentence(f"{member.label}: {name}. {words}")
    terminal.say("Tell everybody, also them: custody share -o FILE")


def _since(text: str | None, reason: str = "") -> str | None:
    if text is None:
        return None
    if reason == "lost":
        raise UsageError("a key that was only lost was in nobody's hands", "leave out --compromised-since")
    from custody.cli.circumstances import parse_moment

    return parse_moment(text)
