"""Examines a whole case: every signature, place, rule, opening and stored byte. Collects findings; stops at none."""

from custody.services.auditing.audit import Audit, AuditProgress, audit

__all__ = ["Audit", "AuditProgress", "audit"]
