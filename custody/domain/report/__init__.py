"""What documents for people say of a case: the model, and what each kind says with it. Draws nothing."""

from custody.domain.report.model import RECORD_TYPE, REPORT_TYPE, Report, format_report, parse_report
from custody.domain.report.signatory import Signatory

__all__ = ["RECORD_TYPE", "REPORT_TYPE", "Report", "Signatory", "format_report", "parse_report"]
