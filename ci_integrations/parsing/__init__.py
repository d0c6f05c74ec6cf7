"""Pure parsing: bytes or lines in, dataclasses out. No Django, no network, no files opened here."""

from ci_integrations.errors import OrchestrateError


class ReportError(OrchestrateError):
    """A report that cannot be read, or not to its end: says what is wrong with it and on which line."""


class LimitReached(ReportError):
    """The rest of the report is not read."""
