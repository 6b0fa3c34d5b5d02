"""Says what an incremental update of a signed report adds, and refuses one that could change what is seen.

A signature of ours, or what prolongs its life (ETSI EN 319 142-1 sections 5.4 and 5.5): a Document Security Store and
document time stamps. Nothing else may be added: a page, note or file that comes later hides or replaces what was
signed ("shadow attacks"). So each object that is added must have its place in a list of shapes, and each one that is
written anew must be the old one but for the one entry that leads to the new.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from custody.errors import FormatError
from custody.formats.pdfobjects import Name, Reference, Value
from custody.formats.pdfreferences import lost_references, references
from custody.formats.pdfrevisions import MAX_STREAM, Document, Object

_VRI_KEY = re.compile(rb"[0-9A-F]{40}")
_LISTS = (b"Certs", b"CRLs")  # /OCSPs: our signer keeps none
_VRI_LISTS = (b"Cert", b"CRL")
_WIDGET: dict[bytes, Value] = {
    b"FT": Name(b"Sig"),
    b"Type": Name(b"Annot"),
    b"Subtype": Name(b"Widget"),
    b"F": Decimal(132),  # printed, locked; of no size, so that nothing is
    b"Rect": [Decimal(0)] * 4,
}
_SIGNED = frozenset((b"Type", b"Filter", b"SubFilter", b"Contents", b"ByteRange", b"M", b"Name", b"Reason"))


@dataclass(frozen=True, slots=True)
class Addition:
    """What a revision adds: a signature dictionary with its object, and the streams of its security store."""

    signature: dict[bytes, Value] | None
    place: Object | None
    streams: tuple[Object, ...]


def same(one: Value, other: Value) -> bool:
    """Whether two values are one. Python's == takes true for 1, and a name for a text of the same bytes."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    return type(one) is type(other) and one == other


def examine(document: Document, revision: int) -> Addition:
    """What the revision of that index adds. Raises FormatError for one that is none of the two kinds."""
    return _Examination(document, revision).addition()


class _Examination:
    def __init__(self, document: Document, revision: int) -> None:
        self._document = document
        self._revision = revision
        self._new = document.added(revision)
        self._size = document.revisions[revision - 1].size
        self._seen: set[int] = set()

    def addition(self) -> Addition:
        old = self._document.dictionary(Reference(self._document.root), self._revision - 1)
        new = self._document.dictionary(Reference(self._document.root), self._revision)
        self._seen.add(self._document.root)
        changed = {
            key for key in old.keys() | new.keys() if key not in old or key not in new or not same(old[key], new[key])
        }
        # What pyHanko says of the format of the file. No program shows a page otherwise for it.
        if same(new.get(b"Version"), Name(b"1.7")) or same(new.get(b"Version"), Name(b"2.0")):
            changed.discard(b"Version")
        if not references(new.get(b"Extensions")):
            changed.discard(b"Extensions")
        if not changed <= {b"AcroForm", b"DSS"}:
            raise FormatError("the document itself was changed: its pages, files, or how it is opened")
        signature, place = self._form(old.get(b"AcroForm"), new.get(b"AcroForm"))
        streams = self._store(old.get(b"DSS"), new.get(b"DSS"))
        # A page could have been made with a part missing, for a "certificate" to become that part later.
        if streams and lost_references(self._document):
            raise FormatError("the document refers to parts that it did not have when it was signed")
        if self._new.keys() - self._seen:
            raise FormatError("objects were added that no report has")
        return Addition(signature, place, streams)

    def _fresh(self, value: Value) -> Object:
        """An object that this revision adds, and that was not there before."""
        if not isinstance(value, Reference) or value.number not in self._new or value.number < self._size:
            raise FormatError("a part of a signature is not where it belongs")
        return self._take(value.number)

    def _take(self, number: int) -> Object:
        if number in self._seen:
            raise FormatError("one object is used for two things")
        self._seen.add(number)
        return self._new[number]

    def _form(self, old: Value, new: Value) -> tuple[dict[bytes, Value] | None, Object | None]:
        """The signature dictionary that the form leads to and did not before."""
        if old is None and new is None:
            return None, None
        if not isinstance(new, Reference) or not (old is None or same(old, new)):
            raise FormatError("the form of the document was changed")
        if old is None:
            before: Value = {b"Fields": [], b"SigFlags": Decimal(3)}
            after = self._fresh(new).value
        else:
            before = self._document.dictionary(old, self._revision - 1)
            after = self._take(new.number).value if new.number in self._new else before
        if not isinstance(before, dict) or not isinstance(after, dict):
            raise FormatError("the form of the document was changed")
        fields, later = before.get(b"Fields"), after.get(b"Fields")
        if not isinstance(fields, list) or not isinstance(later, list) or not same(before | {b"Fields": later}, after):
            raise FormatError("the form of the document was changed")
        if same(fields, later):
            return None, None
        if not same(fields, later[:-1]):
            raise FormatError("the form of the document was changed")
        return self._field(later[-1])

    def _field(self, reference: Value) -> tuple[dict[bytes, Value], Object]:
        """A field that is its own annotation (ISO 32000-2 section 12.7.5.5), of no size and without appearance."""
        field = self._fresh(reference).value
        if not isinstance(field, dict) or not isinstance(field.get(b"T"), bytes):
            raise FormatError("a signature's field is not as our signer writes it")
        page, signature = field.get(b"P"), field.get(b"V")
        # /TU is a name for a screen reader, which pyHanko gives to the field of a document time stamp.
        own = {key: field[key] for key in (b"T", b"TU") if isinstance(field.get(key), bytes)}
        if not same(field, _WIDGET | own | {b"P": page, b"V": signature}):
            raise FormatError("a signature's field is not as our signer writes it")
        self._page(page, reference)
        place = self._fresh(signature)
        value = place.value
        if not isinstance(value, dict) or value.keys() - _SIGNED:
            raise FormatError("a signature's dictionary is not as our signer writes it")
        return value, place

    def _page(self, page: Value, field: Value) -> None:
        """A page gets the field as its last annotation, and nothing else."""
        if not isinstance(page, Reference):
            raise FormatError("a signature's field is on no page")
        before = self._document.dictionary(page, self._revision - 1)
        listed = before.get(b"Annots")
        holder = listed if isinstance(listed, Reference) else page
        old = self._document.array(listed, self._revision - 1) if listed is not None else []
        if not same(before.get(b"Type"), Name(b"Page")) or holder.number not in self._new:
            raise FormatError("a signature's field is on no page")
        new = self._take(holder.number).value
        expected: Value = [*old, field]
        if holder is page:
            expected = before | {b"Annots": expected}
        if not same(new, expected):
            raise FormatError("a page was changed")

    def _store(self, old: Value, new: Value) -> tuple[Object, ...]:
        """The streams of the security store (EN 319 142-1 section 5.4.2.2), and which numbers it may write anew."""
        if new is None and old is None:
            return ()
        mine = self._numbers(old, self._revision - 1)
        if old is not None and same(old, new) and not mine & self._new.keys():
            return ()
        return tuple(self._entries(new, mine))

    def _numbers(self, store: Value, revision: int) -> set[int]:
        """Of the store as it was: its own number and those of its parts, without its streams."""
        if store is None:
            return set()
        found = {store.number} if isinstance(store, Reference) else set()
        parts = self._document.dictionary(store, revision).get(b"VRI")
        if isinstance(parts, Reference):
            found.add(parts.number)
        for part in self._document.dictionary(parts, revision).values() if parts is not None else ():
            if isinstance(part, Reference):
                found.add(part.number)
        return found

    def _entries(self, store: Value, mine: set[int]) -> list[Object]:
        streams: dict[int, Object] = {}
        dictionary = self._part(store, b"DSS", mine)
        _require(not dictionary.keys() - {b"Type", b"VRI", *_LISTS})
        for key in _LISTS:
            self._streams(dictionary.get(key), streams)
        parts = self._part(dictionary[b"VRI"], b"VRI", mine) if b"VRI" in dictionary else {}
        for key, value in parts.items():
            if key == b"Type":
                continue
            part = self._part(value, b"VRI", mine)
            _require(_VRI_KEY.fullmatch(key) is not None and not part.keys() - {b"Type", b"TU", *_VRI_LISTS})
            _require(isinstance(part.get(b"TU", b""), bytes))
            for name in _VRI_LISTS:
                self._streams(part.get(name), streams)
        return list(streams.values())

    def _part(self, value: Value, kind: bytes, mine: set[int]) -> dict[bytes, Value]:
        """A dictionary of the store: within it, new, or the one that was there before."""
        if isinstance(value, Reference) and value.number in self._new:
            if value.number < self._size and value.number not in mine:
                raise FormatError("an object that is signed was made a part of the security store")
            self._take(value.number)
        found = self._document.dictionary(value, self._revision)
        _require(same(found.get(b"Type", Name(kind)), Name(kind)))
        return found

    def _streams(self, listed: Value, streams: dict[int, Object]) -> None:
        """Certificates and revocation lists: streams without any key that would make them something else."""
        for one in [] if listed is None else self._document.array(listed, self._revision):
            if not isinstance(one, Reference) or isinstance(listed, Reference):
                raise _foreign()
            if one.number in streams:
                continue
            if one.number in self._new:
                if one.number < self._size:
                    raise FormatError("an object that is signed was made a part of the security store")
                self._take(one.number)
            found = self._document.find(one.number, self._revision)
            if found is None or found.stream is None or not isinstance(found.value, dict):
                raise _foreign()
            how = found.value.get(b"Filter", Name(b"FlateDecode"))
            _require(not found.value.keys() - {b"Length", b"Filter"} and same(how, Name(b"FlateDecode")))
            _require(found.stream[1] - found.stream[0] <= MAX_STREAM)
            streams[one.number] = found


def _require(holds: bool) -> None:
    if not holds:
        raise _foreign()


def _foreign() -> FormatError:
    return FormatError("the security store holds something that does not belong there")
