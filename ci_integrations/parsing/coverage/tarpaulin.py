"""cargo-tarpaulin's JSON: https://github.com/xd009642/tarpaulin/blob/develop/src/report/json.rs"""

from typing import Any, Final

from ci_integrations.parsing.coverage.jsonpush import first, ratio_of, record, records
from ci_integrations.parsing.coverage.model import Coverage, Ratio, Totals, summed
from ci_integrations.parsing.coverage.tally import Tally, whole
from ci_integrations.parsing.jsonstream import MEMBER, Path, Step

_ROOTS: Final = ("/", "\\")


class Tarpaulin:
    """Each trace is a line; a file without any has the figures that it states."""

    def __init__(self) -> None:
        self._tally = Tally()

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        file = record(first(document.get("files")))
        return isinstance(file.get("path"), list) and ("traces" in file or "coverable" in file)

    def step(self, path: Path) -> Step:
        """A piece is a file."""
        if path in ((), ("files",)):
            return Step.OPEN
        return Step.TAKE if path == ("files", MEMBER) else Step.SKIP

    def take(self, path: Path, value: Any) -> None:
        """As JsonFormat says."""
        if path != ("files", MEMBER):
            return
        data = record(value)
        parts = data.get("path")
        named = ("" if part in _ROOTS else str(part) for part in (parts if isinstance(parts, list) else ()))
        into = self._tally.file("/".join(named).replace("//", "/"))
        into.stated = Totals(lines=ratio_of(data, "covered", "coverable"))
        for trace in records(data.get("traces")):
            number, hits = whole(trace.get("line")), whole(record(trace.get("stats")).get("Line"))
            if number is not None and hits is not None:
                into.line(number, hits)

    def coverage(self) -> Coverage:
        """As JsonFormat says."""
        files = self._tally.files()
        return Coverage("tarpaulin", summed(file.totals.lines for file in files) or Ratio(0, 0), files=files)
