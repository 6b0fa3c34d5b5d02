"""Kept files of envelopes and statements."""

import base64
import json
from collections.abc import Callable
from typing import Any

from custody.domain.events import Unknown
from custody.domain.statement import format_statement, parse_statement
from custody.formats.dsse import MAX_ENVELOPE, format_envelope, parse_envelope
from custody.formats.signature import P256_ORDER, der_from_raw
from tests.builders import MadeCase, changed
from tests.vectors.file_fault import FileFault, Format, compact, once
from tests.vectors.fixed import LEAD

_COLLECTED = MadeCase(LEAD).begin().collect()
_STATEMENT = format_statement(_COLLECTED.statement)
_ENVELOPE = format_envelope(_COLLECTED.envelope)
_UNKNOWN = {"type": "cooled/v2", "degrees": -3, "by": "é\u2028😂", "why": [None, True, {"sealed": "no seal"}]}


def _unknown(content: dict[str, Any]) -> bytes:
    return format_statement(changed(_COLLECTED.statement, body=Unknown(content=content)))


def _nested(depth: int) -> bytes:
    """An unknown body whose arrays are nested so deep in the whole document, written without asking for the depth."""
    marker = '"nested"'
    return _unknown({"type": "cooled/v2", "why": "nested"}).replace(
        marker.encode(), b"[" * (depth - 2) + b"]" * (depth - 2)
    )


def _edited(edit: Callable[[Any], None]) -> bytes:
    """The envelope with members changed as JSON."""
    value = json.loads(_ENVELOPE)
    edit(value)
    return compact(value)


def _signature(edit: Callable[[bytes], bytes]) -> bytes:
    def change(value: Any) -> None:
        (one,) = value["signatures"]
        one["sig"] = base64.b64encode(edit(base64.b64decode(one["sig"]))).decode()

    return _edited(change)


def _high_s(raw: bytes) -> bytes:
    return raw[:32] + (P256_ORDER - int.from_bytes(raw[32:])).to_bytes(32)


def _longest_envelope() -> bytes:
    """Canonical, and one byte longer than any envelope."""
    payload = base64.b64encode(b"x" * (MAX_ENVELOPE // 4 * 3)).decode()
    value = json.loads(_ENVELOPE)
    value["payload"] = ""
    rest = MAX_ENVELOPE + 1 - len(compact(value))
    value["payload"] = payload[: rest // 4 * 4]
    value["payloadType"] += "x" * (rest % 4)
    return compact(value)


ENVELOPE = Format(
    lambda data: format_envelope(parse_envelope(data)),
    [
        FileFault("good.json", "a signed record", _ENVELOPE, None),
        FileFault("good-empty-payload.json", "of nothing", _edited(lambda it: it.update(payload="")), None),
        FileFault(
            "good-other-type.json", "of another type", _edited(lambda it: it.update(payloadType="text/é\u2028")), None
        ),
        FileFault("a-space.json", "a space after a colon", _ENVELOPE.replace(b":", b": ", 1)),
        FileFault("a-line-feed-at-the-end.json", "a line feed at the end", _ENVELOPE + b"\n"),
        FileFault("a-byte-order-mark.json", "a byte order mark", b"\xef\xbb\xbf" + _ENVELOPE),
        FileFault("cut-short.json", "the last byte is missing", _ENVELOPE[:-1]),
        FileFault("empty.json", "no byte", b""),
        FileFault("not-utf-8.json", "a byte that is not UTF-8", _ENVELOPE.replace(b"vnd", b"v\xffd")),
        FileFault("an-escape.json", "a letter written as an escape", _ENVELOPE.replace(b"vnd", b"v\\u006ed")),
        FileFault("a-nul-in-the-type.json", "a NUL in the type", _ENVELOPE.replace(b"vnd", b"v\\u0000d")),
        FileFault("half-an-emoji.json", "a lone surrogate in the type", _ENVELOPE.replace(b"vnd", b"v\\ud83dd")),
        FileFault(
            "members-out-of-order.json",
            "members in another order",
            compact(dict(reversed(json.loads(_ENVELOPE).items()))),
        ),
        FileFault("a-member-twice.json", "a member twice", b'{"payload":"",' + _ENVELOPE[1:]),
        FileFault("an-unknown-member.json", "a member more", _ENVELOPE[:-1] + b',"z":1}'),
        FileFault("no-signature.json", "an empty list of signatures", _edited(lambda it: it.update(signatures=[]))),
        FileFault(
            "two-signatures.json", "two signatures", _edited(lambda it: it.update(signatures=it["signatures"] * 2))
        ),
        FileFault("a-signature-without-key-id.json", "no keyid", _edited(lambda it: it["signatures"][0].pop("keyid"))),
        FileFault(
            "key-id-in-capitals.json",
            "keyid in capitals",
            _edited(lambda it: it["signatures"][0].update(keyid=LEAD.key_id.upper())),
        ),
        FileFault("signature-too-short.json", "63 bytes of signature", _signature(lambda raw: raw[:-1])),
        FileFault("signature-in-der.json", "the signature in DER", _signature(der_from_raw)),
        FileFault("high-s.json", "s in the upper half", _signature(_high_s)),
        FileFault("payload-unpadded.json", "base64 without its padding", _edited(lambda it: it.update(payload="QQ"))),
        FileFault(
            "payload-url-alphabet.json", "the alphabet for addresses", _edited(lambda it: it.update(payload="-_-_"))
        ),
        FileFault("payload-stray-bits.json", "unused bits that are set", _edited(lambda it: it.update(payload="QR=="))),
        FileFault(
            "payload-with-line-feed.json", "base64 in two lines", _edited(lambda it: it.update(payload="QUJD\nQUJD"))
        ),
        FileFault("one-byte-too-long.json", "65,536 bytes", _longest_envelope()),
    ],
)


def _in(old: bytes, new: bytes) -> bytes:
    return once(_STATEMENT, old, new)


def _padded(length: int) -> bytes:
    """A statement of an unknown kind, of just this length, written whatever the limit."""
    short = _unknown({"type": "cooled/v2", "why": ""})
    return once(short, b'"why":""', b'"why":"' + b"x" * (length - len(short)) + b'"')


STATEMENT = Format(
    lambda data: format_statement(parse_statement(data)),
    [
        FileFault("good.json", "a file was collected", _STATEMENT, None),
        FileFault("good-unknown-kind.json", "a kind that is not known", _unknown(_UNKNOWN), None),
        FileFault("good-nested-16.json", "an unknown body as deep as can be", _nested(16), None),
        FileFault("nested-17.json", "an unknown body that is one too deep", _nested(17)),
        FileFault("a-space.json", "a space", _in(b'"act":', b'"act": ')),
        FileFault("position-as-float.json", "a number with a fraction", _in(b'"position":1', b'"position":1.0')),
        FileFault("position-with-exponent.json", "a number with an exponent", _in(b'"position":1', b'"position":1e0')),
        FileFault("position-with-leading-zero.json", "a leading zero", _in(b'"position":1', b'"position":01')),
        FileFault("position-below-zero.json", "a negative position", _in(b'"position":1', b'"position":-1')),
        FileFault("position-of-2-to-53.json", "2^53", _in(b'"position":1', b'"position":9007199254740992')),
        FileFault("position-as-text.json", "a position as a string", _in(b'"position":1', b'"position":"1"')),
        FileFault("offset-minus-zero.json", "minus zero", _in(b'"offset_ms":0', b'"offset_ms":-0')),
        FileFault(
            "time-of-26-characters.json",
            "five digits of a second",
            _in(b'"time":"2026-11-24T03:02:01.123456Z"', b'"time":"2026-11-24T03:02:01.12345Z"'),
        ),
        FileFault(
            "time-with-offset.json",
            "an offset for UTC",
            _in(b'"time":"2026-11-24T03:02:01.123456Z"', b'"time":"2026-11-24T03:02:01.123456+00:00"'),
        ),
        FileFault(
            "time-leap-second.json", "second 60", _in(b'"time":"2026-11-24T03:02:01', b'"time":"2026-12-31T23:59:60')
        ),
        FileFault("time-hour-24.json", "hour 24", _in(b'"time":"2026-11-24T03:02:01', b'"time":"2026-11-24T24:00:00')),
        FileFault(
            "time-29-february-2026.json", "a day that there is not", _in(b'"time":"2026-11-24', b'"time":"2026-02-29')
        ),
        FileFault("hash-in-capitals.json", "an id in capitals", _in(b'"root":"', b'"root":"A')),
        FileFault("head-without-size.json", "a head without its size", _in(b',"size":1}', b"}")),
        FileFault("item-counter-zero.json", "item number zero", _in(b'"JD-1"', b'"JD-0"')),
        FileFault(
            "item-counter-of-eleven-digits.json", "a counter that is too long", _in(b'"JD-1"', b'"JD-10000000000"')
        ),
        FileFault("item-label-of-nine.json", "a label that is too long", _in(b'"JD-1"', b'"ABCDEFGHI-1"')),
        FileFault("tool-with-line-feed.json", "a line feed in a line", _in(b"Firefox 128", b"Firefox\\n128")),
        FileFault(
            "tool-turned-around.json",
            "a character that turns the text around",
            _in(b"Firefox 128", "Firefox\u202e128".encode()),
        ),
        FileFault("tool-of-201-characters.json", "a line that is too long", _in(b"Firefox 128", b"x" * 201)),
        FileFault("tool-with-a-nul.json", "a NUL", _in(b"Firefox 128", b"Firefox\\u0000")),
        FileFault("tool-escaped.json", "a letter written as an escape", _in(b"Firefox", b"\\u0046irefox")),
        FileFault("unknown-member.json", "a member that v1 does not have", _in(b'"act":', b'"aaa":1,"act":')),
        FileFault(
            "unknown-member-in-body.json", "the same in the body", _in(b'"captured_at":', b'"aaa":1,"captured_at":')
        ),
        FileFault("member-missing.json", "a member is missing", _in(b'"act":null,', b"")),
        FileFault("member-twice.json", "a member twice", _in(b'"act":null,', b'"act":null,"act":null,')),
        FileFault(
            "members-out-of-order.json",
            "members in another order",
            compact(dict(reversed(json.loads(_STATEMENT).items()))),
        ),
        FileFault(
            "body-without-type.json",
            "a body that names no type",
            _in(b'"type":"collected/v1"', b'"typo":"collected/v1"'),
        ),
        FileFault("body-of-version-0.json", "a type without a version", _in(b"collected/v1", b"collected/v0")),
        FileFault("body-in-capitals.json", "a type in capitals", _in(b"collected/v1", b"Collected/v1")),
        FileFault(
            "unknown-body-with-capital-member.json",
            "a member name with a capital",
            once(_unknown(_UNKNOWN), b'"by"', b'"bY"'),
        ),
        FileFault("method-of-no-kind.json", "a method that there is not", _in(b'"download"', b'"dreamt"')),
        FileFault("media-type-without-slash.json", "a media type of one word", _in(b"image/jpeg", b"image")),
        FileFault(
            "seal-in-another-alphabet.json",
            "a seal that is no base64",
            _STATEMENT.replace(b'"machine":{"sealed":"', b'"machine":{"sealed":"*'),
        ),
        FileFault("folder-without-parts.json", "a folder that has no parts", _in(b'"form":"file"', b'"form":"folder"')),
        FileFault("a-line-feed-at-the-end.json", "a line feed at the end", _STATEMENT + b"\n"),
        FileFault("too-long.json", "48,955 bytes", _padded(48_955)),
        FileFault("good-longest.json", "48,954 bytes", _padded(48_954), None),
    ],
)
