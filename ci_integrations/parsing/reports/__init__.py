"""Test reports of every format: told apart by their content, streamed, bounded."""

from ci_integrations.parsing.reports.interface import Counts, Limits, Reading, ReportReader, Retried
from ci_integrations.parsing.reports.opening import open_report

__all__ = ["Counts", "Limits", "Reading", "ReportReader", "Retried", "open_report"]
