"""`custody key`: create, list, show, export, and recovery sheets."""

import base64
import json
import re
from pathlib import Path

import pypdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from custody.formats import recovery
from tests.cli.commandline import PASSPHRASE, Custody, ended, tree, without_root
from tests.cli.smallcase import NAME, ORGANISATION, Place

WHO = ("--name", "Ana Diaz", "--organisation", "Watch")
LOSS = "If it is lost, the key is lost: nobody can restore it, and a new key is another signer."


@pytest.fixture
def nobody(tmp_path: Path) -> Custody:
    """A person without a key."""
    return Custody(cwd=tmp_path, home=tmp_path / "home")


def test_creating_a_key_prints_the_public_facts_and_keeps_one_private_file(nobody: Custody) -> None:
    made = nobody("key", "create", *WHO, "--email", "ana@example.org", "--json")
    assert made.exit == 0
    facts = made.json
    key_id = facts["key_id"]
    assert {name: facts[name] for name in ("email", "name", "organisation")} == {
        "email": "ana@example.org",
        "name": "Ana Diaz",
        "organisation": "Watch",
    }
    assert set(facts) == {"email", "key_id", "name", "organisation", "words"}
    assert len(facts["words"].split()) == 8
    (kept,) = [path for path in nobody.home.rglob("*") if path.is_file()]
    assert (kept.name, kept.stat().st_mode & 0o777) == (f"{key_id}.json", 0o600)
    assert PASSPHRASE.encode() not in kept.read_bytes()
    # A second one of the same name would be mistaken for it.
    before = tree(nobody.home)
    again = nobody("key", "create", *WHO)
    assert (again.exit, again.out) == (7, "")
    assert again.err == (
        f"custody: error: there is already a key of that name: Ana Diaz ({key_id[:8]})\n"
        "custody: hint: use that key, or give the new one a name that tells them apart\n"
    )
    assert tree(nobody.home) == before


def test_list_and_show_say_the_same_of_the_key(opened: Place) -> None:
    listed = opened.custody("key", "list", "--json")
    shown = opened.custody("key", "show", "--json")
    assert (listed.exit, shown.exit) == (0, 0)
    assert listed.json == {"keys": [shown.json]}
    assert (shown.json["name"], shown.json["organisation"], shown.json["email"]) == (NAME, ORGANISATION, None)


def test_list_and_show_in_words(opened: Place) -> None:
    key_id = next((opened.home / "keys").iterdir()).stem
    assert opened.custody("key", "list").out == f"{NAME}  {ORGANISATION}  {key_id[:16]}\n"
    shown = opened.custody("key", "show", NAME.upper()).out.splitlines()
    grouped = " ".join(key_id[start : start + 8] for start in range(0, 64, 8))
    assert shown[:3] == [f"Name          {NAME}", f"Organisation  {ORGANISATION}", f"Fingerprint   {grouped}"]
    label, words = shown[3][:14].strip(), shown[3][14:].split()
    assert (label, len(words), len(shown)) == ("Eight words", 8, 4)


def test_without_a_key_list_says_what_to_type_and_show_is_exit_7(nobody: Custody) -> None:
    create = 'custody key create --name "…" --organisation "…"'
    assert nobody("key", "list").out == f"There is no key yet. Next: {create}\n"
    error = nobody("key", "show", "--json")
    assert error.exit == 7
    assert error.error == {
        "code": "signing",
        "exit": 7,
        "hint": 'make one: custody key create --name "YOUR NAME" --organisation "YOUR ORGANISATION"',
        "message": "there is no key yet",
    }
    assert tree(nobody.home) == {}


def test_which_of_two_keys_is_meant_must_be_said(opened: Place) -> None:
    assert opened.custody("key", "create", *WHO).exit == 0
    ambiguous = opened.custody("key", "show", "--json")
    assert (ambiguous.exit, ambiguous.error["code"]) == (7, "signing")
    assert ambiguous.error["message"].startswith("there are 2 keys: Ana Diaz (")
    by_environment = opened.custody.using(more={"CUSTODY_KEY": "Ana Diaz"})("key", "show", "--json").json
    assert by_environment["name"] == "Ana Diaz"
    assert opened.custody("key", "show", by_environment["key_id"][:8], "--json").json == by_environment
    # The case belongs to the other key: signing with this one is refused, and nothing is recorded.
    before = tree(opened.case)
    wrong = opened.custody("collect", "--text", "x", "--key", "Ana Diaz", "--json")
    assert (wrong.exit, wrong.error["message"]) == (7, "Ana Diaz has no ledger in this case")
    assert tree(opened.case) == before


def test_the_exported_file_is_signed_by_all_three_keys_in_it(opened: Place) -> None:
    """With standard cryptography alone, as docs/format.md section 2 says it."""
    shown = opened.custody("key", "show", "--json").json
    done = opened.custody("key", "export", "-o", "jo.json", "--json")
    assert done.exit == 0
    assert done.json == {**shown, "file": "jo.json"}
    raw = (opened.case / "jo.json").read_bytes()
    value = json.loads(raw)
    assert json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == raw
    signatures = {name: base64.b64decode(text) for name, text in value.pop("signatures").items()}
    signed = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    kind = b"application/vnd.custody.public-key.v1+json"
    message = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(signed), signed)
    for name in ("checkpoint_key", "cosignature_key"):
        Ed25519PublicKey.from_public_bytes(base64.b64decode(value[name])).verify(signatures[name], message)
    key = load_der_public_key(base64.b64decode(value["key"]))
    assert isinstance(key, EllipticCurvePublicKey)
    r, s = (int.from_bytes(part, "big") for part in (signatures["key"][:32], signatures["key"][32:]))
    key.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
    assert x509.load_der_x509_certificate(base64.b64decode(value["certificate"])).public_key() == key
    assert (value["name"], value["organisation"], value["email"]) == (NAME, ORGANISATION, None)


def test_export_says_what_to_do_with_the_file_and_never_overwrites(opened: Place) -> None:
    first = opened.custody("key", "export", "-o", "jo.json")
    assert (first.exit, first.err) == (0, "")
    assert first.out == "Wrote jo.json. It is public: send it to whom you work with, and read them the eight words.\n"
    (opened.case / "jo.json").write_text("mine")
    before = tree(opened.folder)
    second = opened.custody("key", "export", "-o", "jo.json")
    assert (second.exit, second.out) == (2, "")
    assert second.err == (
        "custody: error: jo.json exists already, and is not overwritten\ncustody: hint: choose another name\n"
    )
    assert tree(opened.folder) == before


def test_a_wrong_passphrase_is_exit_7_with_a_hint_and_nothing_is_written(small: Place) -> None:
    photo = small.file("new.txt")
    before = tree(small.folder)
    wrong = small.custody.using(passphrase="correct horse battery stable")
    for command in (
        ("collect", photo, "--method", "other", "--tool", "x"),
        ("note", "JD-1", "text"),
        ("checkpoint", "-o", "c.txt"),
        ("report", "-o", "../r.pdf"),
    ):
        done = wrong(*command, "--json")
        assert done.exit == 7
        assert (done.error["code"], done.error["exit"]) == ("wrong-passphrase", 7)
        assert done.error["hint"]
        assert tree(small.folder) == before


def test_no_passphrase_and_nobody_to_ask_is_exit_7_and_nothing_is_written(opened: Place) -> None:
    before = tree(opened.folder)
    done = opened.custody.using(passphrase=None)("collect", "--text", "x")
    assert (done.exit, done.out) == (7, "")
    assert done.err == (
        f"custody: error: the passphrase of {NAME}'s key is needed, and nobody is here to ask\n"
        "custody: hint: set CUSTODY_PASSPHRASE or use --passphrase-file FILE\n"
    )
    assert tree(opened.folder) == before


@pytest.mark.parametrize(
    ("content", "exit_code", "message"),
    [
        (f"{PASSPHRASE}\nsecond line\n".encode(), 0, None),
        (f"{PASSPHRASE}\r\n".encode(), 0, None),
        (b"", 2, "the first line of pass.txt is empty"),
        (b"\n" + PASSPHRASE.encode(), 2, "the first line of pass.txt is empty"),
        (b"\xff\xfe\n", 2, "pass.txt is not text"),
        (b"x" * 10_001, 2, "pass.txt is too large for a passphrase file"),
        (None, 5, "pass.txt cannot be read: No such file or directory"),
    ],
)
def test_the_passphrase_from_a_file_is_its_first_line(
    opened: Place, content: bytes | None, exit_code: int, message: str | None
) -> None:
    if content is not None:
        (opened.case / "pass.txt").write_bytes(content)
    done = opened.custody.using(passphrase=None)("checkpoint", "--passphrase-file", "pass.txt", "--json")
    assert done.exit == exit_code
    assert done.json.get("error", {}).get("message") == message


@pytest.mark.parametrize(
    ("arguments", "passphrase", "message"),
    [
        (WHO, "seven77", "a passphrase of 7 characters is too short"),
        (WHO, "", "a new key needs a passphrase, and nobody is here to ask"),
        (WHO[:2], PASSPHRASE, "--organisation is needed for a new key"),
        (("--name", "  ", *WHO[2:]), PASSPHRASE, None),
        (("--name", "Ana\nDiaz", *WHO[2:]), PASSPHRASE, None),
        ((*WHO, "--email", "nonsense"), PASSPHRASE, None),
    ],
)
def test_what_cannot_make_a_key_is_exit_2_and_leaves_nothing(
    nobody: Custody, arguments: tuple[str, ...], passphrase: str, message: str | None
) -> None:
    done = nobody.using(passphrase=passphrase)("key", "create", *arguments, "--json")
    assert (done.exit, done.error["code"]) == (2, "usage")
    assert done.error["hint"]
    if message is not None:
        assert done.error["message"] == message
    assert [path for path in nobody.home.rglob("*") if path.is_file()] == []


def test_at_a_terminal_the_passphrase_is_asked_twice_and_its_loss_is_told_once(nobody: Custody) -> None:
    terminal = nobody.using(passphrase=None).at_terminal("key", "create")
    for question, answer in (
        ("Your name:", "Ana Diaz"),
        ("Your organisation:", "Watch"),
        ("Is this right?", "yes"),
        ("Passphrase:", PASSPHRASE),
        ("The same again:", PASSPHRASE),
        ("Print a recovery sheet?", "n"),
    ):
        terminal.expect_exact(question)
        if question == "Passphrase:":
            told = terminal.before.replace("\r\n", "\n")
            assert told.count(LOSS) == 1
            # getpass turns echo off before it asks; a line typed earlier would still be seen.
        terminal.sendline(answer)
    exit_code, shown = ended(terminal)
    assert exit_code == 0
    assert LOSS not in shown
    assert PASSPHRASE not in shown
    assert "The key of Ana Diaz is ready." in shown
    assert nobody("key", "list").out.startswith("Ana Diaz  Watch  ")


def test_a_name_that_is_not_right_is_asked_for_again(nobody: Custody) -> None:
    terminal = nobody.using(passphrase=None).at_terminal("key", "create", "--name", "Ana Dias", *WHO[2:])
    terminal.expect_exact("The key will be of: Ana Dias, Watch. It cannot be changed later.")
    for question, answer in (
        ("Is this right? (y or n)", ""),  # Enter is neither
        ("Is this right? (y or n)", "n"),
        ("Your name:", "Ana Diaz"),
        ("Your organisation:", "Watch"),
        ("Is this right? (y or n)", "y"),
        ("Passphrase:", PASSPHRASE),
        ("The same again:", PASSPHRASE),
        ("Print a recovery sheet?", "y"),
    ):
        terminal.expect_exact(question)
        terminal.sendline(answer)
    exit_code, shown = ended(terminal)
    assert exit_code == 0
    (sheet,) = nobody.cwd.glob("recovery-sheet-*.pdf")
    assert f"Wrote {sheet.name}." in shown
    assert "Tell the eight words to the people you work with" in shown
    assert [key["name"] for key in nobody("key", "list", "--json").json["keys"]] == ["Ana Diaz"]


def test_a_taken_name_is_refused_before_a_passphrase_is_asked_for(opened: Place) -> None:
    terminal = opened.custody.using(passphrase=None).at_terminal("key", "create", "--name", NAME.upper())
    exit_code, shown = ended(terminal)
    assert exit_code == 7
    assert f"there is already a key of that name: {NAME}" in " ".join(shown.split())
    assert "Passphrase" not in shown


def test_without_a_key_one_is_told_to_copy_it_from_the_other_computer(small: Place) -> None:
    """A new key would be refused after all its questions: it cannot sign in somebody else's ledger."""
    done = small.custody.using(home=small.folder / "second")("note", "JD-1", "x", "--json")
    assert (done.exit, done.error["message"]) == (7, "there is no key of yours on this computer")
    assert done.error["hint"].startswith(
        f"copy your key folder from the other computer to {small.folder / 'second'}; "
        "a new key cannot record in this ledger"
    )


def test_two_different_passphrases_make_no_key(nobody: Custody) -> None:
    terminal = nobody.using(passphrase=None).at_terminal("key", "create", *WHO)
    terminal.expect_exact("Is this right?")
    terminal.sendline("y")
    terminal.expect_exact("Passphrase:")
    terminal.sendline(PASSPHRASE)
    terminal.expect_exact("The same again:")
    terminal.sendline(PASSPHRASE + "x")
    terminal.expect_exact("The two are not the same. Once more from the start.")
    terminal.expect_exact("Passphrase:")
    terminal.sendintr()
    exit_code, _ = ended(terminal)
    assert exit_code == 130
    assert tree(nobody.home) == {}


def test_ending_the_input_at_the_passphrase_makes_no_key(nobody: Custody) -> None:
    terminal = nobody.using(passphrase=None).at_terminal("key", "create", *WHO)
    terminal.expect_exact("Is this right?")
    terminal.sendline("y")
    terminal.expect_exact("Passphrase:")
    terminal.sendeof()
    exit_code, shown = ended(terminal)
    assert exit_code == 2
    assert "custody: error: no passphrase was typed" in shown
    assert tree(nobody.home) == {}


# --- recovery sheets ------------------------------------------


def printed(path: Path) -> str:
    """The lines of a recovery sheet, as somebody would type them."""
    shown = "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    return "\n".join(re.findall(r"\b\d{3}(?: [A-Z2-7]{8}){5} [A-Z2-7]{4}\b", shown))


def test_a_key_comes_back_from_its_sheet_byte_by_byte_and_signs(nobody: Custody) -> None:
    made = nobody("key", "create", *WHO, "--sheet", "sheet.pdf", "--json").json
    later = nobody("key", "sheet", "-o", "later.pdf", "--json").json
    assert later == {**made, "file": "later.pdf"}
    (kept,) = (nobody.home / "keys").iterdir()
    for number, sheet in enumerate(("sheet.pdf", "later.pdf")):
        pdf = (nobody.cwd / sheet).read_bytes()
        assert PASSPHRASE.encode() not in pdf
        (nobody.cwd / "typed.txt").write_text(printed(nobody.cwd / sheet).lower())
        elsewhere = nobody.using(home=nobody.cwd / f"new-{number}", passphrase=None)
        told = elsewhere("key", "restore", "typed.txt")
        assert (told.exit, told.out) == (
            0,
            f"The key of Ana Diaz is back ({made['key_id'][:8]}). Check with: custody key list\n",
        )
        restored = elsewhere.home / "keys" / kept.name
        assert restored.read_bytes() == kept.read_bytes()
        assert restored.stat().st_mode & 0o777 == 0o600
    opened = elsewhere.using(passphrase=PASSPHRASE)("init", "case", "--reference", "G-1", "--title", "T")
    assert opened.exit == 0, opened


def test_the_sheet_is_read_from_standard_input_too_and_only_where_the_key_is_not(nobody: Custody) -> None:
    made = nobody("key", "create", *WHO, "--sheet", "sheet.pdf", "--json").json
    text = printed(nobody.cwd / "sheet.pdf")
    assert nobody.using(home=nobody.cwd / "new")("key", "restore", "-", "--json", stdin=text).json == made
    before = tree(nobody.home)
    again = nobody("key", "restore", "-", "--json", stdin=text)
    assert (again.exit, again.error["message"]) == (7, f"this key is here already: Ana Diaz ({made['key_id'][:8]})")
    assert tree(nobody.home) == before


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", 4, "line 000 is missing"),
        ("000 AAAAAAAA AAAAAAAA AAAAAAAA AAAAAAAA AAAAAAAA AAAA", 4, "line 000 has a typing error"),
        ("\n".join(recovery.format_lines(b"no key file")), 4, ""),
        ("\udcff", 4, "is not text"),
        ("A" * 300_000, 4, "more than 200000 characters"),
    ],
)
def test_what_is_no_sheet_makes_no_key(nobody: Custody, text: str, code: int, words: str) -> None:
    done = nobody("key", "restore", "-", "--json", stdin=text)
    assert done.exit == code
    assert words in done.error["message"]
    assert tree(nobody.home) == {}
    assert nobody("key", "restore", "nowhere.txt", "--json").exit == 5


def test_a_sheet_that_cannot_be_written_is_refused_before_a_key_is_made(nobody: Custody) -> None:
    (nobody.cwd / "taken.pdf").write_bytes(b"")
    for path in ("sheet.txt", "taken.pdf", "nowhere/sheet.pdf"):
        assert nobody("key", "create", *WHO, "--sheet", path).exit == 2
        assert nobody("key", "sheet", "-o", path).exit == 2
    assert tree(nobody.home) == {}
    assert nobody("key", "sheet", "-o", "sheet.pdf").exit == 7  # there is no key


def test_a_key_stays_made_when_its_sheet_cannot_be_written_and_it_says_how_to_go_on(nobody: Custody) -> None:
    shut = nobody.cwd / "shut"
    shut.mkdir()
    shut.chmod(0o500)
    done = without_root(nobody)("key", "create", *WHO, "--sheet", "shut/sheet.pdf")
    shut.chmod(0o700)
    assert done.exit == 5, done
    (key,) = nobody("key", "list", "--json").json["keys"]
    assert f"custody key sheet {key['key_id'][:8]} -o FILE.pdf" in done.err
