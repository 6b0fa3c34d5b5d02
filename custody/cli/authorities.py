"""`custody authority`: who is asked for stamps in a case, and whom the person trusts, on this computer alone."""

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.files import is_file, read_start
from custody.cli.options import PLAIN, CaseOption, JsonOption
from custody.cli.resolving import the_case
from custody.cli.terminal import Terminal
from custody.domain.addresses import MAX_ADDRESSES, Address, Kind, check_name
from custody.domain.events import Cosigned
from custody.domain.trust import TrustedAuthority, TrustedCosigner
from custody.errors import FormatError, UsageError
from custody.formats.cosignature import CosignerKey, fingerprint, own_cosigner, parse_cosigner
from custody.formats.publickey import MAX_PUBLIC_KEY, parse_public_key
from custody.formats.words import format_words, parse_words
from custody.ports import CaseFiles
from custody.services import listing, looking

app = typer.Typer(**PLAIN, help="Time-stamping authorities and outside cosigners: add, list, remove.")


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What you call it: small letters, digits, hyphens.")],
    url: Annotated[
        str | None, typer.Argument(metavar="[URL]", help="Where it is asked. Without one you only trust it.")
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option("--root", metavar="FILE", help="An authority's root certificate (PEM or DER), from itself."),
    ] = None,
    qualified: Annotated[
        bool, typer.Option("--qualified", help="Its time stamps are qualified ones (eIDAS); you looked it up.")
    ] = False,
    calendar: Annotated[
        bool, typer.Option("--calendar", help="It is an OpenTimestamps calendar, and needs no root.")
    ] = False,
    cosigner: Annotated[
        str | None,
        typer.Option(
            "--cosigner",
            metavar="WORDS|VKEY|FILE",
            help="An outside cosigner's eight words, as they told you, or key; with a URL, a witness.",
        ),
    ] = None,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Name an authority: where it is asked goes into the case, whom you trust stays on this computer."""
    terminal = Terminal(as_json=as_json)
    check_name(name)
    if (root is not None) + calendar + (cosigner is not None) != 1:
        raise UsageError(
            "it is not clear what is added",
            "--root FILE for a time-stamping authority, --calendar for OpenTimestamps, --cosigner WORDS for a cosigner",
        )
    if qualified and root is None:
        raise UsageError("--qualified is said of a time-stamping authority", "leave it out, or add --root FILE")
    if url is None and calendar:
        raise UsageError("a calendar has an address", "custody authority add NAME URL --calendar")
    kind: Kind = "rfc3161" if root is not None else "opentimestamps" if calendar else "witness"
    address = None
    files = None
    if url is not None:
        address, files = Address(name, kind, url), the_case(case)
        _check_room(files, name)
    told: dict[str, object] = {"name": name, "kind": kind, "url": url}
    store = bootstrap.trust_store()
    if root is not None:
        told |= _trust_roots(terminal, name, root, qualified=qualified)
    elif cosigner is not None:
        key = _cosigner(cosigner, case)
        store.add_cosigner(TrustedCosigner(name, key))
        words = format_words(fingerprint(key.public))
        told["words"] = words
        terminal.aside(f"Compare with them, in a way of your own, the eight words of their key: {words}")
    if address is not None and files is not None:
        others = [one for one in bootstrap.read_addresses(files.folder) if one.name != name]
        bootstrap.write_addresses(files.folder, [*others, address])
    if as_json:
        terminal.result(told)
        return
    terminal.say(f"Added {name}." if url is None else f"Added {name}; this case asks it at {url}.")
    if url is not None:
        terminal.say(f"Next: custody {f'cosign add --witness {name}' if kind == 'witness' else 'timestamp'}")


@app.command("list")
def list_all(case: CaseOption = None, as_json: JsonOption = False) -> None:
    """List who is asked in this case, and whom you trust."""
    terminal = Terminal(as_json=as_json)
    try:
        addresses = {one.name: one for one in bootstrap.read_addresses(the_case(case).folder)}
    except UsageError:
        if case is not None:
            raise
        addresses = {}  # outside a case there is nobody to be asked
    store = bootstrap.trust_store()
    authorities = {one.name: one for one in store.authorities()}
    cosigners = {one.name: one.key for one in store.cosigners()}
    names = sorted({*addresses, *authorities, *cosigners})
    if as_json:
        terminal.result(
            {
                "authorities": [
                    {
                        "kind": addresses[name].kind if name in addresses else None,
                        "name": name,
                        "qualified": authorities[name].qualified if name in authorities else None,
                        "roots": _roots(authorities.get(name)),
                        "trusted": name in authorities or name in cosigners,
                        "url": addresses[name].url if name in addresses else None,
                        "words": format_words(fingerprint(cosigners[name].public)) if name in cosigners else None,
                    }
                    for name in names
                ]
            }
        )
        return
    if not names:
        terminal.say("Nobody yet. Add one with: custody authority add NAME URL --root FILE")
    for name in names:
        terminal.say(name)
        terminal.pairs(_facts(name, addresses.get(name), authorities.get(name), cosigners.get(name)), indent="  ")


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As custody authority list shows it.")],
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask an authority no more, and trust it no more. Stamps that were recorded stay recorded."""
    terminal = Terminal(as_json=as_json)
    check_name(name)
    found = False
    try:
        files = the_case(case)
    except UsageError:
        if case is not None:
            raise
    else:
        before = bootstrap.read_addresses(files.folder)
        kept = [one for one in before if one.name != name]
        found = len(kept) < len(before)
        if found:
            bootstrap.write_addresses(files.folder, kept)
    store = bootstrap.trust_store()
    trusted = False
    if name in {one.name for one in store.authorities()}:
        store.remove_authority(name)
        trusted = True
    if name in {one.name for one in store.cosigners()}:
        store.remove_cosigner(name)
        trusted = True
    if not found and not trusted:
        raise UsageError(f"there is no authority {name}", "custody authority list shows them")
    if as_json:
        terminal.result({"asked": found, "name": name, "trusted": trusted})
        return
    asked = f"Removed {name}: this case asks it no more" if found else f"Removed {name}"
    trust = "on this computer nobody trusts it any more, in any case" if trusted else ""
    terminal.sentence(f"{'; '.join(filter(None, (asked, trust)))}. What it stamped stays recorded.")


@app.command("block")
def block(
    height: Annotated[int, typer.Argument(metavar="HEIGHT", min=0, help="The block's height.")],
    header: Annotated[str, typer.Argument(metavar="HEADER", help="Its 80-byte header, as 160 hexadecimal digits.")],
    as_json: JsonOption = False,
) -> None:
    """Keep the header of a Bitcoin block that you have from a source of your own, to verify OpenTimestamps proofs."""
    from custody.formats.blockheader import check_work, parse_header

    terminal = Terminal(as_json=as_json)
    try:
        data = bytes.fromhex(header)
    except ValueError as error:
        raise FormatError("the header is not hexadecimal", "type 160 digits") from error
    read = parse_header(data)
    check_work(read)
    bootstrap.block_headers().keep(height, data)
    if as_json:
        terminal.result({"height": height, "time": f"{read.time:%Y-%m-%dT%H:%M:%SZ}"})
        return
    terminal.say(f"Block {height} of {read.time:%Y-%m-%d %H:%M} UTC is kept.")


def _trust_roots(terminal: Terminal, name: str, file: Path, *, qualified: bool) -> dict[str, object]:
    from custody.formats.certificates import MAX_ROOTS_FILE, load_roots, subject
    from custody.formats.chains import read_lazily

    roots = load_roots(read_start(file, MAX_ROOTS_FILE))
    if any(read_lazily(root) is None for root in roots):
        raise FormatError(
            f"{file}: a certificate in it is damaged: stamps could not be checked with it", "get it from the authority"
        )
    prints = [hashlib.sha256(root).hexdigest() for root in roots]
    for root, fingerprint_ in zip(roots, prints, strict=True):
        terminal.note(f"To be trusted as {name}: {subject(root)}")
        terminal.note(f"  SHA-256 {fingerprint_}")
    terminal.aside("Compare this with what the authority publishes: whoever gave you the file chose whom you trust.")
    if terminal.can_ask and not terminal.confirm("Is it the same?"):
        raise UsageError(f"{name} is not trusted, and nothing was added", "get the root from the authority itself")
    bootstrap.trust_store().add_authority(TrustedAuthority(name, roots, qualified))
    return {"qualified": qualified, "roots": prints}


def _check_room(files: CaseFiles, name: str) -> None:
    names = {one.name for one in bootstrap.read_addresses(files.folder)} | {name}
    if len(names) > MAX_ADDRESSES:
        raise UsageError(f"a case names up to {MAX_ADDRESSES} authorities", "custody authority remove NAME")


def _cosigner(given: str, case: Path | None) -> CosignerKey:
    """The key of a vkey, of a file that custody key export wrote, or of these eight words in the case's record."""
    try:
        if len(given.split()) > 1:
            return _recorded(parse_words(given), case)
        if not is_file(given):
            return parse_cosigner(given.strip())
        data = read_start(Path(given), MAX_PUBLIC_KEY)
        if data.startswith(b"{"):
            return own_cosigner(parse_public_key(data).cosignature_key)
        return parse_cosigner(data.decode("utf-8").strip())
    except (FormatError, UnicodeDecodeError) as error:
        words = error.message if isinstance(error, FormatError) else "not text"
        raise FormatError(
            f"--cosigner: {words}",
            "give the eight words that they told you, their vkey, or the file of their custody key export",
        ) from error


def _recorded(start: bytes, case: Path | None) -> CosignerKey:
    """The cosigner of this case's record whose key's fingerprint begins so. Raises UsageError."""
    files = the_case(case)
    for ledger in looking.look(files, bootstrap.world()).ledgers:
        for _, body in listing.of_kind(files, ledger, Cosigned):
            if body.cosigner_key.fingerprint.startswith(start):
                return body.cosigner_key
    raise UsageError(
        "no cosigner of this case has a key of these eight words",
        "ask for those of the cosigning key, which custody cosign showed them (custody key show has others); their "
        "vkey, or the file of their custody key export, does as well",
    )


def _roots(authority: TrustedAuthority | None) -> list[str] | None:
    return None if authority is None else [hashlib.sha256(root).hexdigest() for root in authority.roots]


def _facts(
    name: str, address: Address | None, authority: TrustedAuthority | None, cosigner: CosignerKey | None
) -> list[tuple[str, str]]:
    from custody.formats.certificates import read_certificate, subject

    facts = [("asked at", "nowhere in this case" if address is None else address.url)]
    kinds = {"rfc3161": "time stamps (RFC 3161)", "opentimestamps": "OpenTimestamps", "witness": "cosignatures"}
    if address is not None:
        facts.append(("for", kinds[address.kind]))
    if authority is not None:
        for root in authority.roots:
            ends = read_certificate(root).not_valid_after_utc
            facts += [("root", f"{subject(root)}, until {ends:%Y-%m-%d}"), ("", hashlib.sha256(root).hexdigest())]
        facts.append(("qualified", "yes, as you said" if authority.qualified else "not said"))
    if cosigner is not None:
        facts.append(("cosigner", format_words(fingerprint(cosigner.public))))
    if authority is None and cosigner is None and (address is None or address.kind != "opentimestamps"):
        how = "--cosigner WORDS" if address is not None and address.kind == "witness" else "--root FILE"
        facts.append(("trusted", f"no: custody authority add {name} {how}"))
    return facts
