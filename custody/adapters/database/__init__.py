"""The databases: ledger and openings of a case, and the heads that this computer remembers."""
