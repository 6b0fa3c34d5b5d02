"""Examines what travels without its case: a signed record, the PDF that carries one, and files given with it.

The entries, proofs and heads of a record are read here; rules, stamps and answers are those of `auditing`.
"""
