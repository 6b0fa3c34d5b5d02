"""Makes documents of a case for people: examines, builds the model, draws, signs, keeps, records, writes the file."""

from custody.services.reporting.making import MadeReport, Tools, copy_report, make_report
from custody.services.reporting.modelling import Order
from custody.services.reporting.opening import FIELDS

__all__ = ["FIELDS", "MadeReport", "Order", "Tools", "copy_report", "make_report"]
