"""Lets others outside vouch for a ledger. Whether they are believed is the verifier's matter."""
