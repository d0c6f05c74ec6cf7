"""scoverage's XML, of Scala:
https://github.com/scoverage/scalac-scoverage-plugin/blob/main/reporter/src/main/scala/scoverage/reporter/ScoverageXmlWriter.scala
"""

from ci_integrations.parsing.coverage.jsonpush import ratio_of
from ci_integrations.parsing.coverage.model import Coverage, Ratio, Totals, summed
from ci_integrations.parsing.coverage.tally import FileTally, Tally, whole
from ci_integrations.parsing.xmlstrict import Attributes


class Scoverage:
    """It counts statements, as stated at its root, of which some are branches; a line is as covered as the best
    statement on it. Those that are ignored are no statements.
    """

    def __init__(self) -> None:
        self._tally = Tally()
        self._file: FileTally | None = None
        self._total: Attributes = {}

    def start(self, tag: str, attributes: Attributes) -> None:
        """As XmlFormat says."""
        if tag == "statement" and self._file is not None:
            self._statement(self._file, attributes)
        elif tag == "class":
            self._file = self._tally.file(attributes.get("filename") or attributes.get("name", ""))
            stated = ratio_of(attributes, "statements-invoked", "statement-count")
            self._file.stated = Totals(statements=summed([self._file.stated.statements, stated]))
        elif tag == "scoverage":
            self._total = self._total or attributes

    def end(self, tag: str) -> None:
        """As XmlFormat says."""
        if tag == "class":
            self._file = None

    def coverage(self) -> Coverage:
        """As XmlFormat says."""
        files = self._tally.files()
        totals = [file.totals for file in files]
        stated = ratio_of(self._total, "statements-invoked", "statement-count")
        statements = stated or summed(each.statements for each in totals) or Ratio(0, 0)
        branches = summed(each.branches for each in totals) or Ratio(0, 0)
        return Coverage("scoverage", summed(each.lines for each in totals), branches, statements, files)

    def _statement(self, file: FileTally, attributes: Attributes) -> None:
        number, hits = whole(attributes.get("line")), whole(attributes.get("invocation-count")) or 0
        if number is None or attributes.get("ignored") == "true":
            return
        file.line(number, hits)
        if attributes.get("branch") == "true":
            file.one_branch(number, is_taken=hits > 0)
