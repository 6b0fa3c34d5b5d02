"""The types of statement fields: what each may hold, checked while it is read. Knows no rule of custody."""

from typing import Annotated, Any, Literal

from msgspec import Meta, ValidationError, convert

from custody.formats.encoding import MAX_EXACT_INTEGER

# \Z, not $: in Python `$` also matches before a final line feed, which would be a second spelling.
Hash = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
StatementId = Hash
KeyId = Hash
ActId = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
Count = Annotated[int, Meta(ge=0, le=MAX_EXACT_INTEGER)]
Moment = Annotated[int, Meta(ge=1, le=MAX_EXACT_INTEGER)]  # seconds since 1970; 0 stands for none in C2SP
Integer = Annotated[int, Meta(ge=-MAX_EXACT_INTEGER, le=MAX_EXACT_INTEGER)]
Time = Annotated[str, Meta(min_length=27, max_length=27)]  # whoever has one checks it with `encoding.check_time`
Date = Annotated[str, Meta(min_length=10, max_length=10)]  # likewise, with `encoding.check_date`
Label = Annotated[str, Meta(pattern=r"\A[A-Z][A-Z0-9]{0,7}\Z")]
ItemNumber = Annotated[str, Meta(pattern=r"\A[A-Z][A-Z0-9]{0,7}-[1-9][0-9]{0,9}\Z")]
Base64 = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9+/]*={0,2}\Z", max_length=8192)]
MediaTypeName = Annotated[str, Meta(pattern=r"\A[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}\Z")]

# One line that a person typed and that stands in clear: no control characters, none that are not seen or turn the text
# around (Unicode TR 9 embeddings, overrides and isolates: "Trojan Source").
Line = Annotated[
    str,
    Meta(
        pattern="\\A[^\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]{1,200}\\Z",
    ),
]

Method = Literal[
    "screenshot",
    "phone-photo",
    "download",
    "saved-page",
    "export",
    "received",
    "typed",
    "other",
    "not-known",
]
Sensitivity = Literal["normal", "sensitive", "highly-sensitive"]


def is_line(text: str) -> bool:
    """Whether a text may stand in clear as a Line."""
    try:
        convert(text, Line)
        text.encode("utf-8")
    except (ValidationError, UnicodeEncodeError):
        return False
    return True


def is_hash(text: str) -> bool:
    """Whether a text is a SHA-256 value, as ids are."""
    return _is(text, Hash)


def is_item_number(text: str | None) -> bool:
    """Whether a text is the number of an item: an index may hold anything."""
    return _is(text, ItemNumber)


def _is(value: object, kind: Any) -> bool:
    try:
        convert(value, kind)
    except ValidationError:
        return False
    return True
