"""JaCoCo's XML, which Kover writes too: https://www.jacoco.org/jacoco/trunk/coverage/report.dtd

Its counters are the figures: those of the report, where it has some, else the sum of those below. What ran is told in
instructions, not in hits: a line with one that ran has one hit.
"""

from dataclasses import dataclass, field
from typing import Final

from ci_integrations.parsing.coverage.model import Coverage, Ratio, Totals
from ci_integrations.parsing.coverage.tally import FileTally, Tally, whole
from ci_integrations.parsing.xmlstrict import Attributes

_NODES: Final = frozenset({"report", "group", "package", "class", "method", "sourcefile"})
_Counters = dict[str, Ratio]


@dataclass(slots=True)
class _Node:
    """An element with counters; `files` are the sums of what is below but classes, `classes` those of classes."""

    tag: str
    name: str
    own: _Counters = field(default_factory=dict)
    files: _Counters = field(default_factory=dict)
    classes: _Counters = field(default_factory=dict)

    @property
    def counters(self) -> _Counters:
        return self.own or self.files or self.classes


class JaCoCo:
    """As XmlFormat says."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._root = _Node("", "")
        self._open = [self._root]
        self._file: FileTally | None = None

    def start(self, tag: str, attributes: Attributes) -> None:
        """As XmlFormat says."""
        if tag == "line":
            if self._file is not None:
                self._line(self._file, attributes)
        elif tag == "counter":
            covered, missed = whole(attributes.get("covered")) or 0, whole(attributes.get("missed")) or 0
            self._open[-1].own[attributes.get("type", "").upper()] = Ratio(covered, covered + missed)
        elif tag in _NODES:
            package = next((node.name for node in reversed(self._open) if node.tag == "package"), "")
            node = _Node(tag, attributes.get("name", ""))
            self._open.append(node)
            if tag == "sourcefile":
                self._file = self._tally.file(f"{package}/{node.name}" if package else node.name)

    def end(self, tag: str) -> None:
        """As XmlFormat says."""
        if tag in _NODES and len(self._open) > 1:
            self._close(self._open.pop())

    def coverage(self) -> Coverage:
        """As XmlFormat says. Elements that are still open count with what they hold."""
        while len(self._open) > 1:
            self._close(self._open.pop())
        counters = self._root.counters
        files = self._tally.files()
        lines = counters.get("LINE")
        branches = counters.get("BRANCH", Ratio(0, 0))
        return Coverage("jacoco", lines or (None if counters else Ratio(0, 0)), branches, files=files)

    def _close(self, node: _Node) -> None:
        if node.tag == "sourcefile" and self._file is not None:
            _Counted(node).add(self._file)
            self._file.stated = Totals(node.counters.get("LINE"), node.counters.get("BRANCH"))
            self._file = None
        if node.tag == "method":
            return
        above = self._open[-1]
        into = above.classes if node.tag == "class" else above.files
        for kind, ratio in node.counters.items():
            into[kind] = ratio.plus(into.get(kind, Ratio(0, 0)))

    def _line(self, file: FileTally, attributes: Attributes) -> None:
        number = whole(attributes.get("nr"))
        if number is None:
            return
        file.line(number, 1 if whole(attributes.get("ci")) else 0)
        taken, missed = whole(attributes.get("cb")) or 0, whole(attributes.get("mb")) or 0
        file.branch(number, taken, taken + missed)


@dataclass(frozen=True, slots=True)
class _Counted:
    """Counters of a source file that states none, from its lines."""

    node: _Node

    def add(self, file: FileTally) -> None:
        if self.node.own or not file.lines:
            return
        self.node.own["LINE"] = Ratio(sum(hits > 0 for hits in file.lines.values()), len(file.lines))
        branches = file.branches.values()
        self.node.own["BRANCH"] = Ratio(sum(one.covered for one in branches), sum(one.total for one in branches))
