"""RFC 8785 for strings, integers, booleans, null, arrays and objects, one character at a time. Slow on purpose.

Written from the RFC's text and using no JSON library. It checks nothing: what may stand in canonical JSON here is
the business of the code under test.
"""

_SHORT = {0x08: "b", 0x09: "t", 0x0A: "n", 0x0C: "f", 0x0D: "r", 0x22: '"', 0x5C: "\\"}


def encode(value: object) -> bytes:
    """The canonical UTF-8 bytes of `value`."""
    return _text(value).encode("utf-8")


def _text(value: object) -> str:
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list):
        return "[" + ",".join(_text(member) for member in value) + "]"
    assert isinstance(value, dict)
    names = sorted(value, key=_code_units)
    return "{" + ",".join(_string(name) + ":" + _text(value[name]) for name in names) + "}"


def _integer(value: int) -> str:
    """Section 3.2.2.3, for the integers that a double holds exactly: digits without a leading zero."""
    if value < 0:
        return "-" + _integer(-value)
    digits = ""
    while value or not digits:
        value, digit = divmod(value, 10)
        digits = "0123456789"[digit] + digits
    return digits


def _string(text: str) -> str:
    """Section 3.2.2.2: seven two-character escapes, lower-case \\u00xx for other controls, all else as it is."""
    out = '"'
    for character in text:
        number = ord(character)
        if number in _SHORT:
            out += "\\" + _SHORT[number]
        elif number < 0x20:
            out += "\\u00" + "0123456789abcdef"[number // 16] + "0123456789abcdef"[number % 16]
        else:
            out += character
    return out + '"'


def _code_units(text: str) -> list[int]:
    """UTF-16 code units (section 3.2.3), worked out by the arithmetic of RFC 2781 section 2.1."""
    units = []
    for character in text:
        number = ord(character)
        if number < 0x10000:
            units.append(number)
        else:
            above = number - 0x10000
            units += [0xD800 + above // 0x400, 0xDC00 + above % 0x400]
    return units
