"""What the use cases need from the outside world, as protocols, and the values that cross over.

Adapters fulfil these; services see nothing else.
"""

from custody.ports.documents import (
    MAX_DOCUMENT,
    Attachment,
    CardWriter,
    DocumentReader,
    DocumentSignatory,
    DocumentSigner,
    FormWriter,
    ReportWriter,
    SheetWriter,
    SignedDocument,
    StampedDigest,
    Trouble,
)
from custody.ports.evidence import (
    CheckOrder,
    EvidenceStore,
    FileOrder,
    Found,
    Intake,
    NotTaken,
    ObjectCheck,
    Outcome,
    Taken,
    TakeOrder,
)
from custody.ports.keys import KeyStore, Signer
from custody.ports.ledgers import LedgerReader, LedgerStore, LedgerWriter, OpeningRow, Row
from custody.ports.machine import Clock, Entropy, Machine, Task, Workers
from custody.ports.memory import (
    BlockHeaders,
    CosignedHead,
    CosignedHeads,
    Heads,
    KeptList,
    PlaceSeen,
    RememberedHead,
    StampQueue,
    TrustStore,
)
from custody.ports.network import Web, WebAnswer, WebRequest, body_of
from custody.ports.pictures import Pictures, SmallPicture
from custody.ports.world import CaseFiles, World

__all__ = [
    "MAX_DOCUMENT",
    "Attachment",
    "BlockHeaders",
    "CardWriter",
    "CaseFiles",
    "CheckOrder",
    "Clock",
    "CosignedHead",
    "CosignedHeads",
    "DocumentReader",
    "DocumentSignatory",
    "DocumentSigner",
    "Entropy",
    "EvidenceStore",
    "FileOrder",
    "FormWriter",
    "Found",
    "Heads",
    "Intake",
    "KeptList",
    "KeyStore",
    "LedgerReader",
    "LedgerStore",
    "LedgerWriter",
    "Machine",
    "NotTaken",
    "ObjectCheck",
    "OpeningRow",
    "Outcome",
    "Pictures",
    "PlaceSeen",
    "RememberedHead",
    "ReportWriter",
    "Row",
    "SheetWriter",
    "SignedDocument",
    "Signer",
    "SmallPicture",
    "StampQueue",
    "StampedDigest",
    "TakeOrder",
    "Taken",
    "Task",
    "Trouble",
    "TrustStore",
    "Web",
    "WebAnswer",
    "WebRequest",
    "Workers",
    "World",
    "body_of",
]
