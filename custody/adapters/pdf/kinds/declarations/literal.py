"""The literal words of statutes, each with its source. Nothing here is ours, and nothing here may be reworded.

Two or more underscores stand where a hand writes. Nothing between the words is printed but the line to write on.
"""

from typing import Final

US_SOURCE: Final = "28 U.S.C. § 1746"
US_INSIDE: Final = (
    "I declare (or certify, verify, or state) under penalty of perjury that the foregoing is true and correct. "
    "Executed on (date). (Signature)"
)
US_OUTSIDE: Final = (
    "I declare (or certify, verify, or state) under penalty of perjury under the laws of the United States of America "
    "that the foregoing is true and correct. Executed on (date). (Signature)"
)

UK_SOURCE: Final = (
    "declaration for section 9 of the Criminal Justice Act 1967, England and Wales, as read in a secondary copy: "
    "compare it with the source"
)
UK_DECLARATION: Final = (
    "This statement (consisting of ___ page(s) each signed by me) is true to the best of my knowledge and belief and I "
    "make it knowing that, if it is tendered in evidence, I shall be liable to prosecution if I have wilfully stated "
    "in it anything which I know to be false, or do not believe to be true."
)

INDIA_SOURCE: Final = "Bharatiya Sakshya Adhiniyam, 2023, the Schedule, for section 63(4)(c)"
INDIA_PART_A: Final = "Part A (to be filled by the Party)"
INDIA_PART_B: Final = "Part B (to be filled by the Expert)"
INDIA_PERSON: Final = (
    "I, __ (Name), Son/daughter/spouse of __ residing/employed at __ do hereby solemnly affirm and sincerely state and "
    "submit as follows:—"
)
INDIA_PRODUCED_BY_PARTY: Final = (
    "I have produced electronic record/output of the digital record taken from the following device/digital record "
    "source (tick mark):—"
)
INDIA_PRODUCED_BY_EXPERT: Final = (
    "The produced electronic record/output of the digital record are obtained from the following device/digital record "
    "source (tick mark):—"
)
INDIA_DEVICES: Final = (
    "Computer/Storage Media",
    "DVR",
    "Mobile",
    "Flash Drive",
    "CD/DVD",
    "Server",
    "Cloud",
    "Other",
)
INDIA_DEVICE_FACTS: Final = (
    "Make & Model",
    "Color",
    "Serial Number",
    "IMEI/UIN/UID/MAC/Cloud ID",
    "other information",
)
INDIA_CONTROL: Final = (
    "The digital device or the digital record source was under the lawful control for regularly creating, storing or "
    "processing information for the purposes of carrying out regular activities and during this period, the computer "
    "or the communication device was working properly and the relevant information was regularly fed into the computer "
    "during the ordinary course of business. If the computer/digital device at any point of time was not working "
    "properly or out of operation, then it has not affected the electronic/digital record or its accuracy. The digital "
    "device or the source of the digital record is:—"
)
INDIA_RELATIONS: Final = ("Owned", "Maintained", "Managed", "Operated")
INDIA_BY_ME: Final = "by me"
INDIA_HASH: Final = (
    "I state that the HASH value/s of the electronic/digital record/s is __, obtained through the following algorithm:—"
)
INDIA_ALGORITHMS: Final = ("SHA1", "SHA256", "MD5", "Other")
INDIA_ENCLOSED: Final = "(Legally acceptable standard) (Hash report to be enclosed with the certificate)"
INDIA_EXPERT_SIGNS: Final = "(Name, designation and signature)"

LITERALS: Final[dict[str, str]] = {
    "US_INSIDE": US_INSIDE,
    "US_OUTSIDE": US_OUTSIDE,
    "UK_DECLARATION": UK_DECLARATION,
    "INDIA_PERSON": INDIA_PERSON,
    "INDIA_PRODUCED_BY_PARTY": INDIA_PRODUCED_BY_PARTY,
    "INDIA_PRODUCED_BY_EXPERT": INDIA_PRODUCED_BY_EXPERT,
    "INDIA_DEVICES": ", ".join(INDIA_DEVICES),
    "INDIA_DEVICE_FACTS": "; ".join(INDIA_DEVICE_FACTS),
    "INDIA_CONTROL": INDIA_CONTROL,
    "INDIA_RELATIONS": f"{'/'.join(INDIA_RELATIONS)} {INDIA_BY_ME}",
    "INDIA_HASH": INDIA_HASH,
    "INDIA_ALGORITHMS": ", ".join(INDIA_ALGORITHMS),
    "INDIA_ENCLOSED": INDIA_ENCLOSED,
    "INDIA_EXPERT_SIGNS": INDIA_EXPERT_SIGNS,
}
"""All of them by name, for whoever compares them with the source."""
