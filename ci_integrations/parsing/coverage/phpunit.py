"""The index of PHPUnit's XML:
https://github.com/sebastianbergmann/php-code-coverage/blob/main/src/Report/Xml/Facade.php
"""

from typing import Final

from ci_integrations.parsing import LimitReached
from ci_integrations.parsing.coverage.jsonpush import ratio_of
from ci_integrations.parsing.coverage.model import Coverage, Ratio, Totals, summed
from ci_integrations.parsing.coverage.tally import Tally, fit_path
from ci_integrations.parsing.xmlstrict import Attributes

_MAX_DEPTH: Final = 200
_NAMED: Final = frozenset({"directory", "file"})


class PHPUnit:
    """How many lines of each file can run, and did; the files beside the index, which name only lines that ran, are no
    reports of their own.
    """

    def __init__(self) -> None:
        self._tally = Tally()
        self._source = ""
        self._open: list[tuple[str, str]] = []

    def start(self, tag: str, attributes: Attributes) -> None:
        """As XmlFormat says."""
        tag = tag.rpartition(":")[2]
        if tag in _NAMED:
            if len(self._open) >= _MAX_DEPTH:
                raise LimitReached(f"folders nested deeper than {_MAX_DEPTH}: the rest was not read")
            self._open.append((tag, self._below(attributes.get("name", "").strip("/"))))
        elif tag == "project":
            self._source = fit_path(attributes.get("source", "").rstrip("/"))
        elif tag == "lines" and self._open and self._open[-1][0] == "file":
            self._tally.file(self._open[-1][1]).stated = Totals(lines=ratio_of(attributes, "executed", "executable"))

    def end(self, tag: str) -> None:
        """As XmlFormat says."""
        if tag.rpartition(":")[2] in _NAMED and self._open:
            self._open.pop()

    def _below(self, name: str) -> str:
        folder = self._open[-1][1] if self._open else self._source
        return fit_path(f"{folder}/{name}" if folder and name else folder or name)

    def coverage(self) -> Coverage:
        """As XmlFormat says."""
        files = self._tally.files()
        return Coverage("phpunit", summed(file.totals.lines for file in files) or Ratio(0, 0), files=files)
