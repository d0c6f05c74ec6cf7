"""Coverage of .NET: Visual Studio's XML, coverlet's JSON, dotCover's XML."""

from collections.abc import Iterator
from typing import Any, Final

from ci_integrations.parsing import LimitReached
from ci_integrations.parsing.coverage.jsonpush import ratio_of, record, records
from ci_integrations.parsing.coverage.model import Coverage, Ratio, counted, summed
from ci_integrations.parsing.coverage.tally import MAX_FILES, FileTally, Tally, fit_path, regrouped, whole
from ci_integrations.parsing.jsonstream import Path, Step
from ci_integrations.parsing.xmlstrict import Attributes

_HIDDEN: Final = (0xF00F00, 0xFEEFEE)
_MAX_KEY: Final = 40
_MAX_SPAN: Final = 100_000
_MAX_SPANS: Final = 20_000_000


class Coverlet:
    """https://github.com/coverlet-coverage/coverlet/blob/master/src/coverlet.core/CoverageResult.cs: modules, their
    files, classes, methods. A line of several methods (a lambda stands in another one) counts once, as it does in what
    coverlet writes in other formats; its branches are those of all of them. A source of several modules counts once.
    """

    def __init__(self) -> None:
        self._tally = Tally()

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        files = (file for module in document.values() for file in record(module).values())
        method = next((one for file in files for one in _methods(file)), {})
        lines = record(method.get("Lines"))
        return all(map(str.isdecimal, lines)) and (bool(lines) or {"Lines", "Branches"} <= method.keys())

    def step(self, path: Path) -> Step:
        """A piece is a file of a module."""
        return Step.OPEN if len(path) < 2 else Step.TAKE

    def take(self, path: Path, value: Any) -> None:
        """As JsonFormat says."""
        if len(path) < 2:
            return
        into, of_module = self._tally.file(path[1]), FileTally()
        for method in _methods(value):
            for key, hits in record(method.get("Lines")).items():
                if (number := whole(key)) is not None:
                    into.line(number, whole(hits) or 0)
            for branch in records(method.get("Branches")):
                if (number := whole(branch.get("Line"))) is not None:
                    of_module.one_branch(number, is_taken=bool(whole(branch.get("Hits"))))
        for number, ratio in of_module.branches.items():
            into.branch(number, ratio.covered, ratio.total)

    def coverage(self) -> Coverage:
        """As JsonFormat says."""
        return counted("coverlet", self._tally.files(), tells_branches=True)


def _methods(file: Any) -> Iterator[dict[str, Any]]:
    for owner in record(file).values():
        yield from (record(method) for method in record(owner).values())


class _Spans:
    """Pieces of source that reach over lines; together no more than so many."""

    def __init__(self) -> None:
        self._room = _MAX_SPANS

    def add(self, file: FileTally, first: int | None, last: int | None, *, ran: bool) -> None:
        """Raises LimitReached."""
        if first is None or first in _HIDDEN:
            return
        end = min(max(first, last or first), first + _MAX_SPAN)
        self._room -= end - first
        if self._room < 0:
            raise LimitReached(f"pieces of more than {_MAX_SPANS} lines in all: the rest was not read")
        for number in range(first, end + 1):
            file.line(number, int(ran))


class VisualStudio:
    """What `dotnet-coverage -f xml`, vstest and `CodeCoverage.exe analyze` write (`.coveragexml`):
    https://learn.microsoft.com/dotnet/core/additional-tools/dotnet-coverage

    Ranges name their file by a number that the module explains after them. A line of which a part ran, ran. Statements
    are the blocks that modules state. Only where a report tells no ranges its modules' lines are the figures.
    """

    def __init__(self) -> None:
        self._ranges = Tally()
        self._spans = _Spans()
        self._paths: dict[str, str] = {}
        self._modules = 0
        self._lines = [0, 0]
        self._blocks = [0, 0]

    def start(self, tag: str, attributes: Attributes) -> None:
        """As XmlFormat says."""
        if tag == "range":
            source = self._ranges.file(self._key(attributes.get("source_id")))
            ran = attributes.get("covered", "no").lower() != "no"
            self._spans.add(source, whole(attributes.get("start_line")), whole(attributes.get("end_line")), ran=ran)
        elif tag == "source_file":
            if len(self._paths) < MAX_FILES:
                self._paths[self._key(attributes.get("id"))] = fit_path(attributes.get("path", ""))
        elif tag == "module":
            self._modules += 1
            _add(self._lines, attributes, ("lines_covered", "lines_partially_covered"), "lines_not_covered")
            _add(self._blocks, attributes, ("blocks_covered",), "blocks_not_covered")

    def end(self, tag: str) -> None:
        """As XmlFormat says."""

    def coverage(self) -> Coverage:
        """As XmlFormat says."""
        paths = ((self._paths.get(source.path, ""), source) for source in self._ranges.files())
        files = regrouped((path, source) for path, source in paths if path)
        lines = summed(file.totals.lines for file in files) or Ratio(*self._lines)
        return Coverage("visualstudio", lines, statements=Ratio(*self._blocks), files=files)

    def _key(self, source: str | None) -> str:
        return fit_path(f"{self._modules}:{source or ''}")


def _add(figures: list[int], attributes: Attributes, covered: tuple[str, ...], missed: str) -> None:
    some = sum(whole(attributes.get(name)) or 0 for name in covered)
    figures[0] += some
    figures[1] += some + (whole(attributes.get(missed)) or 0)


class DotCover:
    """https://www.jetbrains.com/help/dotcover/dotCover__Console_Runner_Commands.html: statements as the root states
    them; where they stand the report of the kind DetailedXML says.
    """

    def __init__(self) -> None:
        self._tally = Tally()
        self._spans = _Spans()
        self._paths: dict[str, str] = {}
        self._total: Attributes = {}

    def start(self, tag: str, attributes: Attributes) -> None:
        """As XmlFormat says."""
        if tag == "Root":
            self._total = self._total or attributes
        elif tag == "File" and len(self._paths) < MAX_FILES:
            self._paths[attributes.get("Index", "")[:_MAX_KEY]] = fit_path(attributes.get("Name", ""))
        elif tag == "Statement" and (path := self._paths.get(attributes.get("FileIndex", ""))):
            ran = attributes.get("Covered", "").lower() == "true"
            file = self._tally.file(path)
            self._spans.add(file, whole(attributes.get("Line")), whole(attributes.get("EndLine")), ran=ran)
            place = ",".join(attributes.get(name, "")[:20] for name in ("Line", "Column", "EndLine", "EndColumn"))
            file.block(place, 1, int(ran))

    def end(self, tag: str) -> None:
        """As XmlFormat says."""

    def coverage(self) -> Coverage:
        """As XmlFormat says."""
        files = self._tally.files()
        stated = ratio_of(self._total, "CoveredStatements", "TotalStatements")
        statements = stated or summed(file.totals.statements for file in files)
        return Coverage("dotcover", summed(file.totals.lines for file in files), statements=statements, files=files)
