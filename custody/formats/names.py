"""File names as values: text where they are valid Unicode, else their exact bytes or UTF-16 units.

A name is whatever a file system held; none is refused, and none is turned into another.
"""

from custody.errors import FormatError
from custody.formats.canonical import Json
from custody.formats.encoding import format_base64, parse_base64


def format_name(name: str, *, windows: bool = False) -> Json:
    """`{"text": …}`, or `{"bytes": B64}` / `{"utf16": B64}` (little-endian) for what is not valid Unicode.

    `name` is as Python's os functions give it: undecodable bytes as surrogates (PEP 383), on Windows UTF-16 units.
    Raises FormatError for surrogates that those functions never give.
    """
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        if windows:
            return {"utf16": format_base64(name.encode("utf-16-le", "surrogatepass"))}
        try:
            return {"bytes": format_base64(name.encode("utf-8", "surrogateescape"))}
        except UnicodeEncodeError as error:
            raise FormatError("a file name with a surrogate that stands for no byte") from error
    return {"text": name}


def parse_name(value: Json) -> str:
    """The name as Python's os functions take it. Raises FormatError for another shape or a second spelling."""
    match value:
        case {"text": str(text)} if len(value) == 1:
            name, windows = text, False
        case {"bytes": str(encoded)} if len(value) == 1:
            name, windows = parse_base64(encoded).decode("utf-8", "surrogateescape"), False
        case {"utf16": str(encoded)} if len(value) == 1:
            name, windows = _utf16(parse_base64(encoded)), True
        case _:
            raise FormatError("not a file name")
    if format_name(name, windows=windows) != value:
        raise FormatError("a file name in a second spelling")
    return name


def _utf16(data: bytes) -> str:
    if len(data) % 2:
        raise FormatError("UTF-16 with half a unit")
    return data.decode("utf-16-le", "surrogatepass")
