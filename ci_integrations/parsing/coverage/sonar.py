"""SonarQube's generic format, which many tools write:
https://docs.sonarsource.com/sonarqube-server/latest/analyzing-source-code/test-coverage/generic-test-data
"""

from ci_integrations.parsing.coverage.model import Coverage, Ratio, summed
from ci_integrations.parsing.coverage.tally import FileTally, Tally, whole
from ci_integrations.parsing.xmlstrict import Attributes


class Sonar:
    """It tells whether a line ran, not how often: a line that did has one hit."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._file: FileTally | None = None

    def start(self, tag: str, attributes: Attributes) -> None:
        """As XmlFormat says."""
        if tag == "file":
            self._file = self._tally.file(attributes.get("path", ""))
        elif tag == "lineToCover" and self._file is not None:
            number = whole(attributes.get("lineNumber"))
            if number is not None:
                self._file.line(number, 1 if attributes.get("covered", "").lower() == "true" else 0)
                total, covered = whole(attributes.get("branchesToCover")), whole(attributes.get("coveredBranches"))
                self._file.branch(number, covered or 0, total or 0)

    def end(self, tag: str) -> None:
        """As XmlFormat says."""
        if tag == "file":
            self._file = None

    def coverage(self) -> Coverage:
        """As XmlFormat says."""
        files = self._tally.files()
        totals = [file.totals for file in files]
        lines = summed(each.lines for each in totals) or Ratio(0, 0)
        return Coverage("sonar", lines, summed(each.branches for each in totals), files=files)
