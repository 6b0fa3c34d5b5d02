"""`custody cosign`: vouch for having seen somebody's ledger, and record what others vouched for of yours."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from custody import bootstrap
from custody.cli.files import read_start
from custody.cli.options import PLAIN, CaseOption, JsonOption, KeyOption, PassphraseOption
from custody.cli.resolving import the_case, the_recorder, unlock, wanted_key
from custody.cli.stamping import upgrade_along
from custody.cli.terminal import Terminal
from custody.domain.visible import visible
from custody.domain.wording import moment_in_words
from custody.errors import CustodyError, FormatError, SigningError, UsageError
from custody.formats.checkpointfile import MAX_FILE, CheckpointFile, format_checkpoint_file, parse_checkpoint_file
from custody.formats.cosignature import (
    CosignerKey,
    fingerprint,
    format_cosigner,
    own_cosigner,
    parse_cosigner,
    parse_line,
)
from custody.formats.words import format_words

if TYPE_CHECKING:
    from custody.services.anchoring.adding import Added
    from custody.services.anchoring.cosigning import Seen

DEFAULT = "sign"
SHOWN = 40  # characters of a cosigner's name: the eight words tell who it is


class _SignFirst(TyperGroup):
    """`custody cosign FILE` is `custody cosign sign FILE`: what is no command here is the file to be signed."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments, with the command that is meant before them."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    **PLAIN,
    cls=_SignFirst,
    help="Vouch for having seen the state of somebody's ledger: custody cosign FILE. Record what came back: add. (A "
    "file that is called add is ./add.)",
)


@app.command(DEFAULT)
def sign(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="What somebody's custody checkpoint -o FILE wrote, and they sent you."),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="The file to write; else FILE.cosigned.")
    ] = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign that you saw this state of a ledger. custody cosign FILE is short for it. You need a key, but no case."""
    from custody.services.anchoring import cosigning

    terminal = Terminal(as_json=as_json)
    target = output or file.with_name(f"{file.name}.cosigned")
    bootstrap.check_new(target)
    point = _read(file)
    store, heads = bootstrap.key_store(), bootstrap.cosigned_heads()
    if not store.all_keys():
        raise SigningError(
            "there is no key of yours on this computer", 'make one: custody key create --name "…" --organisation "…"'
        )
    public = store.find(wanted_key(key))
    if store.reserved_for(public) is not None:
        raise SigningError(
            f"{public.name} is a pseudonym of yours for one case alone: cosigning would tie it to another",
            "use another key with --key",
        )
    cosigner = own_cosigner(public.cosignature_key)
    own = frozenset(one.checkpoint_key for one in store.all_keys())
    seen = cosigning.examine(point, heads, cosigner, own)
    _show(terminal, seen, public.name)
    signer, _ = unlock(terminal, store, public, passphrase_file)
    cosigned = cosigning.cosign(point, heads, bootstrap.world().clock, signer, own)
    bootstrap.write_new(target, format_checkpoint_file(cosigned))
    words = format_words(cosigner.fingerprint)
    if as_json:
        terminal.result(
            {
                "before": None if seen.before is None else seen.before.size,
                "cosigner": format_cosigner(cosigner),
                "file": str(target),
                "origin": seen.checkpoint.origin,
                "root": seen.checkpoint.root.hex(),
                "size": seen.checkpoint.size,
                "time": parse_line(cosigned.note.signatures[-1]).time,
                "words": words,
            }
        )
        return
    terminal.sentence(f"Wrote {target}. Send it back: they record it with custody cosign add {target.name}")
    terminal.paragraph(f"Read them the eight words of your cosigning key, so that they know it: {words}")


@app.command("add")
def add(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE…]", help="What cosigners sent back.", show_default=False)
    ] = None,
    cosigners: Annotated[
        list[str] | None,
        typer.Option(
            "--cosigner", metavar="VKEY", help="The key of a cosigner whose name in the file does not tell it."
        ),
    ] = None,
    witness: Annotated[
        str | None,
        typer.Option(
            "--witness",
            metavar="NAME|URL",
            help="Ask a C2SP witness now: one of custody authority list, or any with --cosigner.",
        ),
    ] = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that others cosigned your ledger: what they sent back, or the answer of a witness on the network."""
    from custody.services.anchoring import adding
    from custody.services.anchoring.witnessing import witness as ask_witness

    terminal = Terminal(as_json=as_json)
    keys = [_cosigner(text) for text in cosigners or ()]
    known = [*keys, *(one.key for one in bootstrap.trust_store().cosigners())]
    if not files and witness is None:
        raise UsageError("no file is named", "name what your cosigner sent back: custody cosign add FILE")
    asked = None if witness is None else _witness(witness, keys, case)
    points = [(path, _read(path)) for path in files or ()]
    recorder = the_recorder(terminal, case, key, passphrase_file)
    own = frozenset(one.cosignature_key for one in bootstrap.key_store().all_keys())
    added: list[Added] = []
    refused: list[tuple[str, CustodyError]] = []
    unknown: list[str] = []
    for path, point in points:
        try:
            outcome = adding.add(recorder, point, known, own)
        except CustodyError as error:
            refused.append((str(path), error))
            continue
        added += outcome.added
        unknown += outcome.unknown
        refused += [(f"{path}, {visible(name)}", error) for name, error in outcome.refused]
    if asked is not None:
        url, witness_key = asked
        try:
            added.append(ask_witness(recorder, bootstrap.web(), url, witness_key))
        except CustodyError as error:
            refused.append((url, error))
        else:
            upgrade_along(terminal, recorder)
    _tell(terminal, added, [_about(what, error) for what, error in refused], unknown)


def _witness(named: str, keys: Sequence[CosignerKey], case: Path | None) -> tuple[str, CosignerKey]:
    """Where a witness is asked, and its key: named as in the case and in the person's trust, or given whole."""
    known = {one.name: one for one in bootstrap.read_addresses(the_case(case).folder) if one.kind == "witness"}
    if named in known and not keys:
        trusted = {one.name: one.key for one in bootstrap.trust_store().cosigners()}
        if named in trusted:
            return known[named].url, trusted[named]
    elif "://" in named and len(keys) == 1:
        return named, keys[0]
    raise UsageError(
        f"{visible(named)} is no witness of this case whose one key you know",
        "custody authority add NAME URL --cosigner VKEY; or give its address, and its key with --cosigner",
    )


def _tell(
    terminal: Terminal, added: Sequence["Added"], refused: Sequence[CustodyError], unknown: Sequence[str]
) -> None:
    """Say what was recorded, and fail with what was not."""
    if not added and not refused:
        raise _nothing(unknown)
    if added and terminal.as_json:
        terminal.result(
            {
                "cosigned": [_facts(one) for one in added],
                "refused": [{"code": one.code, "message": one.message} for one in refused],
                "unknown": sorted(set(unknown)),
            }
        )
        if refused:
            raise typer.Exit(refused[-1].exit_code)  # as without --json
        return
    for one in added:
        name = visible(one.key.name if len(one.key.name) <= SHOWN else f"{one.key.name[:SHOWN]}…")
        what = "was recorded before" if one.position is None else f"is record {one.position}"
        terminal.sentence(
            f"{name} cosigned {_records(one.size)} on {moment_in_words(one.time)} by their own clock; it {what}."
        )
        terminal.paragraph(
            f"Ask them for the eight words of their key: {format_words(one.key.fingerprint)}", indent="  "
        )
        if all(one.key != known.key for known in bootstrap.trust_store().cosigners()):
            terminal.paragraph('Next: custody authority add NAME --cosigner "the words that you heard"', indent="  ")
    for name in sorted(set(unknown)):
        terminal.note(f"Passed over: a line by {visible(name)}, whose key is not known here (--cosigner VKEY).")
    for error in refused[:-1]:
        terminal.error(error)
    if refused:
        raise refused[-1]


def _show(terminal: Terminal, seen: "Seen", name: str) -> None:
    """What is going to be signed, and what it does not mean."""
    point, before = seen.checkpoint, seen.before
    if before is None:
        known = "You have cosigned nothing of this ledger yet. From now on this key of it is remembered."
    elif before.size == point.size:
        known = f"You cosigned the same {_records(before.size)} on {moment_in_words(before.time)}."
    else:
        known = (
            f"They begin with the {_records(before.size)} that you cosigned on {moment_in_words(before.time)}: nothing "
            "of these was changed or removed."
        )
    terminal.say(f"{visible(name)} is about to sign:")
    terminal.pairs(
        (
            ("Ledger", point.origin),
            ("Its key", format_words(fingerprint(seen.key.public))),
            ("State", f"{_records(point.size)}, in eight words: {format_words(point.root)}"),
            ("Before", known),
        ),
        indent="  ",
    )
    terminal.sentence("You say that you saw this state of a record, not that anything in it is true.")


def _facts(one: "Added") -> dict[str, object]:
    return {
        "cosigner": format_cosigner(one.key),
        "record": one.position,
        "size": one.size,
        "time": one.time,
        "words": format_words(one.key.fingerprint),
    }


def _nothing(unknown: Sequence[str]) -> UsageError:
    if unknown:
        names = ", ".join(map(visible, sorted(set(unknown))))
        return UsageError(f"the keys of these cosigners are not known: {names}", "give each with --cosigner VKEY")
    return UsageError(
        "nobody has cosigned this yet",
        "send the file to somebody outside the case; they run custody cosign FILE, and send back what that writes",
    )


def _records(count: int) -> str:
    return f"{count} record{'' if count == 1 else 's'}"


def _about(what: str, error: CustodyError) -> CustodyError:
    error.message = f"{what}: {error.message}"
    return error


def _cosigner(text: str) -> CosignerKey:
    try:
        return parse_cosigner(text.strip())
    except FormatError as error:
        raise UsageError(
            f"--cosigner {visible(text)}: {error.message}", "give it as it is published: name+8 digits+base64"
        ) from error


def _read(path: Path) -> CheckpointFile:
    """A checkpoint file. Raises StorageError, FormatError."""
    data = read_start(path, MAX_FILE)
    try:
        return parse_checkpoint_file(data)
    except FormatError as error:
        raise FormatError(
            f"{path}: {error.message}",
            "it is no checkpoint file, or was changed on its way: send it as an attachment, not as text of a message",
        ) from error
