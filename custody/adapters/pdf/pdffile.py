"""A PDF file as a list of numbered objects (ISO 32000-2 section 7.5), written down once. Knows no page.

An object is kept as its bytes alone: a document of 10,000 items has some 300,000 of them.
"""

import hashlib
import re
import zlib

COMPRESSION = 6
_PLAIN = re.compile(r"[ !-'*-Z^-~]*")  # ASCII without the signs that are escaped in a literal string, and without "["


class PdfFile:
    """Objects are numbered as they are asked for, and each is written once."""

    def __init__(self) -> None:
        self._objects: list[bytes] = [b"null"]

    def reserve(self) -> int:
        """The number of an object that is put later."""
        self._objects.append(b"null")
        return len(self._objects) - 1

    def put(self, number: int, body: bytes) -> None:
        """Write the object of a number that was reserved."""
        self._objects[number] = body

    def add(self, body: bytes) -> int:
        """Write a new object; its number."""
        self._objects.append(body)
        return len(self._objects) - 1

    def stream(self, data: bytes, entries: bytes = b"", *, packed: bool = False) -> int:
        """Write a stream object, compressed unless `data` is `packed` already; its number."""
        return self.add(stream_body(data, entries, packed=packed))

    def finish(self, root: int, info: int, identity: str) -> bytes:
        """The whole file: the same bytes for the same objects. Its id (section 14.4) is computed from `identity`."""
        parts = [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"]
        place = len(parts[0])
        places = [b"0000000000 65535 f \n"]
        for number, body in enumerate(self._objects[1:], 1):
            written = b"%d 0 obj\n%b\nendobj\n" % (number, body)
            places.append(b"%010d 00000 n \n" % place)
            parts.append(written)
            place += len(written)
        name = hashlib.sha256(identity.encode()).hexdigest()[:32].encode()
        parts.append(b"xref\n0 %d\n" % len(places))
        parts.extend(places)
        parts.append(
            b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]>>\nstartxref\n%d\n%%%%EOF\n"
            % (len(places), root, info, name, name, place)
        )
        return b"".join(parts)


def stream_body(data: bytes, entries: bytes = b"", *, packed: bool = False) -> bytes:
    """A stream object (section 7.3.8) of these bytes, with further `entries` of its dictionary."""
    if not packed:
        data, entries = zlib.compress(data, COMPRESSION), entries + b"/Filter/FlateDecode"
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (entries, len(data), data)


def text_string(text: str) -> bytes:
    """A text string (section 7.9.2.2): ASCII as it is, all else in UTF-16."""
    if _PLAIN.fullmatch(text):
        return b"(%b)" % text.encode()
    return b"<FEFF%b>" % text.encode("utf-16-be", "replace").hex().upper().encode()


def pdf_date(moment: str) -> bytes:
    """A 27-character UTC time as a date (section 7.9.4)."""
    return f"(D:{''.join(c for c in moment[:19] if c.isdigit())}+00'00')".encode()
