"""Cobertura, Clover and OpenCover: every line of source is an element."""

import re
from typing import Final

from ci_integrations.parsing.coverage.model import Coverage, Ratio, summed
from ci_integrations.parsing.coverage.tally import FileTally, Tally, fit_path, share, whole
from ci_integrations.parsing.xmlstrict import Attributes

_MAX_KEY: Final = 40
_CONDITIONS: Final = re.compile(r"\((\d{1,9})/(\d{1,9})\)")


class Cobertura:
    """https://github.com/cobertura/web/blob/master/htdocs/xml/coverage-04.dtd

    The lines of a class are those of its own `lines`; those of its methods say them again. A file with several classes
    has each of its lines once. The totals at the root are not used: they contradict the lines in every third file. Only
    of a report that tells of no file and no totals its rate is told.
    """

    def __init__(self) -> None:
        self._tally = Tally()
        self._class: FileTally | None = None
        self._methods = 0
        self._root: Attributes = {}

    def start(self, tag: str, attributes: Attributes) -> None:
        """As XmlFormat says."""
        if tag == "line":
            if self._class is not None and not self._methods:
                self._line(self._class, attributes)
        elif tag == "class":
            self._class = self._tally.file(attributes.get("filename") or attributes.get("name", ""))
            self._methods = 0
        elif tag == "methods":
            self._methods += 1
        elif tag == "coverage":
            self._root = self._root or attributes

    def end(self, tag: str) -> None:
        """As XmlFormat says."""
        if tag == "methods":
            self._methods -= 1
        elif tag == "class":
            self._class = None

    def coverage(self) -> Coverage:
        """As XmlFormat says."""
        files = self._tally.files()
        totals = [file.totals for file in files]
        branches = summed(each.branches for each in totals)
        if branches is None and "branches-valid" in self._root:
            branches = Ratio(0, 0)
        rate = None if files or "lines-valid" in self._root else share(self._root.get("line-rate"))
        if rate is not None:
            return Coverage("cobertura", line_rate=rate)
        return Coverage("cobertura", summed(each.lines for each in totals) or Ratio(0, 0), branches, files=files)

    def _line(self, file: FileTally, attributes: Attributes) -> None:
        number = whole(attributes.get("number"))
        if number is None:
            return
        file.line(number, whole(attributes.get("hits")) or 0)
        if conditions := _CONDITIONS.search(attributes.get("condition-coverage", "")[:100]):
            file.branch(number, int(conditions[1]), int(conditions[2]))


class Clover:
    """https://openclover.org/doc/manual/latest/general--xml-report-schema.html and Istanbul's, PHPUnit's writers of it.

    It counts statements: each line with one. OpenClover's conditions tell how often each way was taken, Istanbul's
    (https://github.com/istanbuljs/istanbuljs/blob/main/packages/istanbul-reports/lib/clover/index.js) have a `count`
    too and tell how many branches of the line were taken and how many were not. Every file that the report tells of
    counts, with those of the tests themselves (`testproject`).
    """

    def __init__(self) -> None:
        self._tally = Tally()
        self._file: FileTally | None = None

    def start(self, tag: str, attributes: Attributes) -> None:
        """As XmlFormat says."""
        if tag == "file":
            self._file = self._tally.file(attributes.get("path") or attributes.get("name", ""))
        elif tag == "line" and self._file is not None:
            self._line(self._file, attributes)

    def end(self, tag: str) -> None:
        """As XmlFormat says."""
        if tag == "file":
            self._file = None

    def coverage(self) -> Coverage:
        """As XmlFormat says."""
        files = self._tally.files()
        totals = [file.totals for file in files]
        statements = summed(each.statements for each in totals) or Ratio(0, 0)
        branches = summed(each.branches for each in totals) or Ratio(0, 0)
        return Coverage("clover", branches=branches, statements=statements, files=files)

    def _line(self, file: FileTally, attributes: Attributes) -> None:
        number = whole(attributes.get("num"))
        kind = attributes.get("type", "stmt")
        if number is None:
            return
        count = whole(attributes.get("count"))
        if kind == "cond":
            taken, other = whole(attributes.get("truecount")) or 0, whole(attributes.get("falsecount")) or 0
            file.line(number, taken + other if count is None else count)
            if count is None:
                file.branch(number, (taken > 0) + (other > 0), 2)
            else:
                file.branch(number, taken, taken + other)
            return
        file.line(number, count or 0)
        if kind == "stmt":
            file.block(str(number), 1, count or 0)


class OpenCover:
    """https://github.com/OpenCover/opencover/blob/master/main/OpenCover.Framework/Model/Summary.cs

    Its figures are sequence points and branch points, as the summary of the session states them: a point of a generic
    or instrumented twice is not told apart in the details. Without a summary the points are counted.
    """

    def __init__(self) -> None:
        self._tally = Tally()
        self._open: list[str] = []
        self._paths: dict[str, str] = {}
        self._method_file = ""
        self._points = [0, 0]
        self._branch_points = [0, 0]
        self._stated: tuple[Ratio, Ratio] | None = None

    def start(self, tag: str, attributes: Attributes) -> None:
        """As XmlFormat says."""
        self._open.append(tag)
        if tag == "SequencePoint":
            self._point(attributes)
        elif tag == "BranchPoint":
            _count(self._branch_points, whole(attributes.get("vc")) or 0)
        elif tag == "File":
            self._paths[attributes.get("uid", "")[:_MAX_KEY]] = fit_path(attributes.get("fullPath", ""))
        elif tag == "Method":
            self._method_file = ""
        elif tag == "FileRef":
            self._method_file = attributes.get("uid", "")
        elif tag == "Summary" and len(self._open) == 2:
            self._stated = _summary(attributes)

    def end(self, tag: str) -> None:
        """As XmlFormat says."""
        if self._open:
            self._open.pop()

    def coverage(self) -> Coverage:
        """As XmlFormat says."""
        files = self._tally.files()
        statements, branches = self._stated or (Ratio(*self._points), Ratio(*self._branch_points))
        lines = summed(file.totals.lines for file in files)
        return Coverage("opencover", lines, branches, statements, files)

    def _point(self, attributes: Attributes) -> None:
        hits = whole(attributes.get("vc")) or 0
        _count(self._points, hits)
        first = whole(attributes.get("sl"))
        path = self._paths.get(attributes.get("fileid") or self._method_file)
        if path is None or first is None:
            return
        file = self._tally.file(path)
        file.line(first, hits)
        place = ",".join(attributes.get(name, "")[:20] for name in ("sl", "sc", "el", "ec"))
        file.block(place, 1, hits)


def _count(ratio: list[int], hits: int) -> None:
    ratio[0] += hits > 0
    ratio[1] += 1


def _summary(attributes: Attributes) -> tuple[Ratio, Ratio] | None:
    names = ("visitedSequencePoints", "numSequencePoints", "visitedBranchPoints", "numBranchPoints")
    numbers = [number for name in names if (number := whole(attributes.get(name))) is not None]
    return (Ratio(*numbers[:2]), Ratio(*numbers[2:])) if len(numbers) == len(names) else None
