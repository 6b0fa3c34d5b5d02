"""Holds what more than one of the demonstration's artifacts tells of. Makes none of them.

Names, addresses and telephone numbers are of the kinds set aside for fiction: `.example` (RFC 2606, section 2),
203.0.113.0/24 (RFC 5737, section 3), +44 1632 960000 to 960999 (Ofcom's numbers for drama). Together they tell
of a job offer that may be exploitation, through harmless facts only.
"""

from datetime import datetime

AD_ADDRESS = "https://listings.example/jobs/LX-48213"
INVOICE_ADDRESS = "https://booking.harbour-court.example/invoices/HC-20417.pdf"
TELEPHONE = "+44 1632 960147"
REFERENCE = "LX-48213"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def written_day(at: datetime) -> str:
    """A day as the artifacts write it: "24 Nov 2026"."""
    # Own month names: strftime's follow the machine's language.
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"
