"""Kept files of checkpoints, signed notes, and the two lists of a folder's parts."""

import base64
import io

from custody.domain.opened import Origin
from custody.domain.parts import PartDigests, PartFacts, format_facts, parse_facts
from custody.formats.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from custody.formats.note import VerifierKey, format_note, open_note, parse_note, sign_note
from custody.formats.partslist import MAX_LINE, Part, format_line, parse_lines
from tests.vectors.file_fault import FileFault, Format, once
from tests.vectors.fixed import LEAD, OTHER

ORIGIN = "custody/" + "cd" * 32
VERIFIER = VerifierKey(ORIGIN, LEAD.public.checkpoint_key)
_OTHER = VerifierKey("witness.example/x", OTHER.public.checkpoint_key)
_TEXT = format_checkpoint(Checkpoint(ORIGIN, 3, bytes.fromhex("ab" * 32)))
_CHECKPOINT = _TEXT.encode()
_NOTE = format_note(sign_note(_TEXT, [(VERIFIER, LEAD.sign_checkpoint)]))
_SIGNED_TWICE = format_note(sign_note(_TEXT, [(VERIFIER, LEAD.sign_checkpoint), (_OTHER, OTHER.sign_checkpoint)]))


def _read_checkpoint(data: bytes) -> bytes:
    return format_checkpoint(parse_checkpoint(data.decode("utf-8", "surrogateescape"))).encode(
        "utf-8", "surrogateescape"
    )


def _read_note(data: bytes) -> bytes:
    """Read as the checkpoint of the fixed ledger, verified by the lead's checkpoint key."""
    note = parse_note(data)
    parse_checkpoint(open_note(note, [VERIFIER]))
    return format_note(note)


CHECKPOINT = Format(
    _read_checkpoint,
    [
        FileFault("good.txt", "a ledger of three records", _CHECKPOINT, None),
        FileFault("good-empty.txt", "a ledger of none", once(_CHECKPOINT, b"\n3\n", b"\n0\n"), None),
        FileFault("extension-line.txt", "a fourth line", _CHECKPOINT + b"more\n"),
        FileFault("no-last-line-feed.txt", "the last line is not ended", _CHECKPOINT[:-1]),
        FileFault("two-lines.txt", "no root", b"\n".join(_CHECKPOINT.split(b"\n")[:2]) + b"\n"),
        FileFault("windows-line-ends.txt", "CR LF", _CHECKPOINT.replace(b"\n", b"\r\n")),
        FileFault("no-origin.txt", "an empty origin", b"\n" + _CHECKPOINT.split(b"\n", 1)[1]),
        FileFault("size-with-leading-zero.txt", "03", once(_CHECKPOINT, b"\n3\n", b"\n03\n")),
        FileFault("size-below-zero.txt", "-3", once(_CHECKPOINT, b"\n3\n", b"\n-3\n")),
        FileFault("size-in-other-digits.txt", "an Arabic digit", once(_CHECKPOINT, b"\n3\n", "\n٣\n".encode())),
        FileFault(
            "size-of-21-digits.txt", "a number that is too long", once(_CHECKPOINT, b"\n3\n", b"\n" + b"9" * 21 + b"\n")
        ),
        FileFault(
            "root-of-31-bytes.txt",
            "a root that is too short",
            once(_CHECKPOINT, base64.b64encode(b"\xab" * 32), base64.b64encode(b"\xab" * 31)),
        ),
        FileFault("root-with-stray-bits.txt", "unused bits that are set", once(_CHECKPOINT, b"s=\n", b"t=\n")),
        FileFault("empty.txt", "no byte", b""),
    ],
)

NOTE = Format(
    _read_note,
    [
        FileFault("good.txt", "signed by the lead", _NOTE, None),
        FileFault("good-with-a-witness.txt", "also signed by somebody who is passed over", _SIGNED_TWICE, None),
        FileFault("no-signature.txt", "no line of signature", _CHECKPOINT + b"\n"),
        FileFault("no-empty-line.txt", "no empty line", once(_NOTE, b"\n\n", b"\n")),
        FileFault("a-hyphen.txt", "a hyphen for the dash", _NOTE.replace("—".encode(), b"-")),
        FileFault("two-spaces.txt", "two spaces after the dash", _NOTE.replace("— ".encode(), "—  ".encode())),
        FileFault("a-tab.txt", "a tab in the text", b"\t" + _NOTE),
        FileFault("windows-line-ends.txt", "CR LF", _NOTE.replace(b"\n", b"\r\n")),
        FileFault("no-last-line-feed.txt", "the last line is not ended", _NOTE[:-1]),
        FileFault("not-utf-8.txt", "a byte that is not UTF-8", b"\xff" + _NOTE),
        FileFault(
            "signatures-101.txt", "more signatures than are read", _CHECKPOINT + b"\n" + _NOTE.split(b"\n\n")[1] * 101
        ),
        FileFault(
            "signature-of-nothing.txt",
            "a key id and no signature",
            _CHECKPOINT + f"\n— {ORIGIN} {base64.b64encode(VERIFIER.key_id).decode()}\n".encode(),
        ),
        FileFault("text-changed.txt", "another size was signed", once(_NOTE, b"\n3\n", b"\n4\n"), "SignatureMismatch"),
        FileFault(
            "signed-by-another-key.txt",
            "another key, under the id of this one",
            format_note(sign_note(_TEXT, [(VERIFIER, OTHER.sign_checkpoint)])),
            "SignatureMismatch",
        ),
        FileFault(
            "of-another-origin.txt",
            "signed for another ledger only",
            format_note(sign_note(_TEXT, [(_OTHER, OTHER.sign_checkpoint)])),
            "SignatureMismatch",
        ),
        FileFault(
            "no-checkpoint.txt",
            "a signed text that is no checkpoint",
            format_note(sign_note("hello\n", [(VERIFIER, LEAD.sign_checkpoint)])),
        ),
    ],
)

_PARTS = (
    Part(b"\x11" * 32, b" leading space"),
    Part(b"\x22" * 32, b"a\nb"),
    Part(b"\x33" * 32, "café/media/voice.opus".encode()),
    Part(b"\x44" * 32, b"caf\xe9"),
)
_LIST = [format_line(part) for part in _PARTS]
_PLAIN = format_line(Part(b"\x55" * 32, b"messages.txt"))
_DIGEST = b"55" * 32


PARTS_LIST = Format(
    lambda data: b"".join(map(format_line, parse_lines(io.BytesIO(data)))),
    [
        FileFault("good.txt", "four parts, with awkward names", b"".join(_LIST), None),
        FileFault("good-empty.txt", "a folder without files", b"", None),
        FileFault("good-backslash.txt", "a name with a backslash", format_line(Part(b"\x55" * 32, b"a\\nb")), None),
        FileFault("good-hyphen.txt", "a part named -", format_line(Part(b"\x55" * 32, b"-")), None),
        FileFault("out-of-order.txt", "lines in another order", b"".join(_LIST[::-1])),
        FileFault("a-part-twice.txt", "a path twice", _PLAIN * 2),
        FileFault("digest-in-capitals.txt", "a digest in capitals", b"AB" * 32 + b"  messages.txt\n"),
        FileFault("digest-of-63-digits.txt", "a digit is missing", _PLAIN[1:]),
        FileFault("one-space.txt", "one space", _PLAIN.replace(b"  ", b" ")),
        FileFault("binary-mark.txt", "a space and an asterisk", _PLAIN.replace(b"  ", b" *")),
        FileFault("no-last-line-feed.txt", "the last line is not ended", _PLAIN[:-1]),
        FileFault("an-empty-line.txt", "an empty line", _PLAIN + b"\n"),
        FileFault("no-path.txt", "an empty path", _DIGEST + b"  \n"),
        FileFault("absolute.txt", "an absolute path", _DIGEST + b"  /etc/passwd\n"),
        FileFault("leads-out.txt", "a path with ..", _DIGEST + b"  a/../../b\n"),
        FileFault("dot.txt", "a path with .", _DIGEST + b"  ./b\n"),
        FileFault("ends-with-slash.txt", "a path that ends with a slash", _DIGEST + b"  b/\n"),
        FileFault("a-nul.txt", "a path with a NUL", _DIGEST + b"  a\0b\n"),
        FileFault("escaped-needlessly.txt", "a mark in front, and nothing escaped", b"\\" + _PLAIN),
        FileFault("escape-of-no-kind.txt", "an escape that there is not", b"\\" + _DIGEST + b"  a\\tb\n"),
        FileFault("escape-unfinished.txt", "a backslash at the end", b"\\" + _DIGEST + b"  a\\\n"),
        FileFault("backslash-unescaped.txt", "a backslash that is not escaped", _DIGEST + b"  a\\b\n"),
        FileFault("carriage-return-unescaped.txt", "a CR that is not escaped", _DIGEST + b"  a\rb\n"),
        FileFault("too-long.txt", "a line longer than any", format_line(Part(b"\x55" * 32, b"x" * MAX_LINE))),
    ],
)


_FACTS = format_facts(
    PartFacts(
        index=1,
        size=20,
        media_type="text/plain",
        media_type_from="name",
        changed=None,
        created=None,
        modified="2026-11-20T10:00:00.000000Z",
        origin=Origin(address="https://example.org/é", referrer=None, source="Zone.Identifier"),
        extra_digests=PartDigests(sha1="ab" * 20),
    )
)
_SECOND = once(once(_FACTS, b'"index":1', b'"index":2'), b'{"sha1":"' + b"ab" * 20 + b'"}', b"{}")


def _fact(name: str, what: str, old: bytes, new: bytes) -> FileFault:
    return FileFault(name, what, once(_FACTS, old, new))


FACTS = Format(
    lambda data: b"".join(map(format_facts, parse_facts(io.BytesIO(data)))),
    [
        FileFault("good.txt", "two parts", _FACTS + _SECOND, None),
        FileFault("good-empty.txt", "a folder without files", b"", None),
        FileFault("out-of-order.txt", "the second first", _SECOND + _FACTS),
        FileFault("one-twice.txt", "the first twice", _FACTS * 2),
        FileFault("no-last-line-feed.txt", "the last line is not ended", _FACTS[:-1]),
        FileFault("an-empty-line.txt", "an empty line", _FACTS + b"\n"),
        FileFault("not-utf-8.txt", "a byte that is not UTF-8", _FACTS.replace(b"example", b"ex\xffmple")),
        _fact("from-zero.txt", "index 0", b'"index":1', b'"index":0'),
        _fact("a-space.txt", "a space", b'"index":1', b'"index": 1'),
        _fact("size-as-float.txt", "a size with a fraction", b'"size":20', b'"size":20.0'),
        _fact("size-below-zero.txt", "a negative size", b'"size":20', b'"size":-1'),
        _fact("unknown-member.txt", "a member more", b'"changed":', b'"aaa":1,"changed":'),
        _fact("member-missing.txt", "a member is missing", b'"created":null,', b""),
        _fact("type-from-recorder.txt", "a media type that the recorder named", b'"name"', b'"recorder"'),
        _fact("time-of-no-day.txt", "30 February", b"2026-11-20", b"2026-02-30"),
        _fact("digest-null.txt", "a digest that is null, not left out", b'{"sha1"', b'{"md5":null,"sha1"'),
        _fact("digest-of-a-wrong-length.txt", "a SHA-1 that is too short", b"ab" * 20, b"ab" * 19),
        _fact("digest-in-capitals.txt", "a SHA-1 in capitals", b"ab" * 20, b"AB" * 20),
        _fact("address-with-a-nul.txt", "a NUL, which canonical JSON does not have", b"example", b"ex\\u0000mple"),
        _fact("origin-of-no-kind.txt", "an origin that nobody leaves", b"Zone.Identifier", b"Zone.identifier"),
    ],
)
