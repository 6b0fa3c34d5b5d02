"""The structure tree of a tagged PDF (ISO 32000-2 section 14.7 and 14.8): what each mark on a page is. Draws nothing.

Each element is written as soon as nothing more goes into it, and forgotten: a document of 10,000 items has 300,000.
"""

from custody.adapters.pdf.pdffile import PdfFile


class Element:
    """One element. It gets its number, and its place among its parent's children, when it is first used."""

    __slots__ = ("entries", "kids", "number", "page", "parent", "role")

    def __init__(self, role: bytes, parent: "Element | None", entries: bytes = b"") -> None:
        self.role, self.parent, self.entries = role, parent, entries
        self.kids: list[bytes] = []
        self.number = self.page = 0


class Tags:
    """The structure tree of one document."""

    def __init__(self, file: PdfFile) -> None:
        self._file = file
        self._root = file.reserve()
        self.document = Element(b"Document", None)
        self.document.number = file.reserve()
        self._parents: list[bytes] = []  # the parent tree, by /StructParents and /StructParent

    def attach(self, element: Element) -> int:
        """Give an element, and what it lies in, its place in the tree; its number."""
        if not element.number:
            parent = element.parent or self.document
            self.attach(parent)
            element.number = self._file.reserve()
            parent.kids.append(b"%d 0 R" % element.number)
        return element.number

    def mark(self, element: Element, page: int, mcid: int) -> bytes:
        """Say that marked content `mcid` of a page belongs to an element; the reference to the element."""
        reference = b"%d 0 R" % self.attach(element)
        if not element.page:
            element.page = page
        if element.page == page:
            element.kids.append(b"%d" % mcid)
        else:
            element.kids.append(b"<</Type/MCR/Pg %d 0 R/MCID %d>>" % (page, mcid))
        return reference

    def annotate(self, element: Element, page: int, annotation: int) -> int:
        """Say that an annotation belongs to an element (section 14.7.5.3); its key in the parent tree."""
        reference = b"%d 0 R" % self.attach(element)
        element.kids.append(b"<</Type/OBJR/Pg %d 0 R/Obj %d 0 R>>" % (page, annotation))
        self._parents.append(reference)
        return len(self._parents) - 1

    def reserve_page(self) -> int:
        """The key of a page in the parent tree."""
        self._parents.append(b"null")
        return len(self._parents) - 1

    def close_page(self, key: int, marked: list[bytes]) -> None:
        """Write the elements of the marked contents of a page, by their number."""
        self._parents[key] = b"%d 0 R" % self._file.add(b"[%b]" % b" ".join(marked))

    def close(self, element: Element) -> None:
        """Write an element that is complete. One that was never used leaves no trace."""
        if not element.number:
            return
        parent = element.parent or self.document
        page = b"/Pg %d 0 R" % element.page if element.page else b""
        kids = element.kids[0] if len(element.kids) == 1 else b"[%b]" % b" ".join(element.kids)
        self._file.put(
            element.number,
            b"<</S/%b/P %d 0 R%b%b/K %b>>" % (element.role, parent.number, page, element.entries, kids),
        )
        element.kids = []

    def finish(self) -> int:
        """Write the root and the parent tree; the number of the root."""
        self._file.put(
            self.document.number,
            b"<</S/Document/P %d 0 R/K[%b]>>" % (self._root, b" ".join(self.document.kids)),
        )
        numbers = b" ".join(b"%d %b" % entry for entry in enumerate(self._parents))
        tree = self._file.add(b"<</Nums[%b]>>" % numbers)
        self._file.put(
            self._root,
            b"<</Type/StructTreeRoot/K %d 0 R/ParentTree %d 0 R/ParentTreeNextKey %d>>"
            % (self.document.number, tree, len(self._parents)),
        )
        return self._root
