"""What documents for people say of a case: the model, and what each kind says with it. Draws nothing."""

from custody.domain.report.old import RECORD_TYPE, HowToCheck, Report, ReportAttempt, ReportItem, Signatory

__all__ = ["RECORD_TYPE", "HowToCheck", "Report", "ReportAttempt", "ReportItem", "Signatory"]
