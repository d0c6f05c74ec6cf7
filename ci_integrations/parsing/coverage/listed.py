"""Formats of services, which give the hits of each line as a list: Coveralls, Codecov, and grcov's tree of folders."""

import re
from typing import Any, Final

from ci_integrations.parsing.coverage.jsonpush import first, record
from ci_integrations.parsing.coverage.model import Coverage, counted
from ci_integrations.parsing.coverage.tally import FileTally, Tally, fit_path, whole
from ci_integrations.parsing.jsonstream import MEMBER, Path, Step

_PARTIAL: Final = re.compile(r"(\d{1,9})/(\d{1,9})")
_PATH: Final = re.compile(r"[/\\]|\.\w{0,20}[A-Za-z]")
_CHECKED: Final = 20
_MAX_DEPTH: Final = 100


class _Listed:
    """What they share: files with lines, and perhaps branches."""

    name = ""

    def __init__(self) -> None:
        self._tally = Tally()

    def coverage(self) -> Coverage:
        """As JsonFormat says."""
        return counted(self.name, self._tally.files())


class Coveralls(_Listed):
    """https://docs.coveralls.io/api-reference: what is sent to Coveralls, and ExCoveralls' `excoveralls.json`."""

    name = "coveralls"

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        file = record(first(document.get("source_files")))
        return "name" in file and isinstance(file.get("coverage"), list)

    def step(self, path: Path) -> Step:
        """A piece is a file."""
        if path in ((), ("source_files",)):
            return Step.OPEN
        return Step.TAKE if path == ("source_files", MEMBER) else Step.SKIP

    def take(self, path: Path, value: Any) -> None:
        """As JsonFormat says."""
        data = record(value)
        if path != ("source_files", MEMBER) or not isinstance(data.get("name"), str):
            return
        into = self._tally.file(data["name"])
        _lines_from_one(data.get("coverage"), into)
        told = data.get("branches")
        for line, _, _, hits in zip(*[iter(told if isinstance(told, list) else ())] * 4, strict=False):
            if (number := whole(line)) is not None:
                into.one_branch(number, is_taken=bool(whole(hits)))


class Codecov(_Listed):
    """https://docs.codecov.com/docs/codecov-custom-coverage-format: hits by line, in an object, or in a list of which
    the first member, of line 0, says nothing. A line of which only a part ran (`"1/2"`, true) ran.
    """

    name = "codecov"

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        files = [*record(document.get("coverage")).values()][:_CHECKED]
        is_told = bool(files) and all(map(_is_hits, files)) and any(map(bool, files))
        return "meta" not in document and is_told and any(map(_PATH.search, [*document["coverage"]][:_CHECKED]))

    def step(self, path: Path) -> Step:
        """A piece is a file."""
        if path in ((), ("coverage",)):
            return Step.OPEN
        return Step.TAKE if path[0] == "coverage" else Step.SKIP

    def take(self, path: Path, value: Any) -> None:
        """As JsonFormat says."""
        if len(path) != 2:
            return
        into = self._tally.file(path[1])
        for key, hits in enumerate(value) if isinstance(value, list) else record(value).items():
            number = whole(key)
            if number:
                _hits_of_line(into, number, hits)


def _is_hits(file: Any) -> bool:
    keys = [*file][:_CHECKED] if isinstance(file, dict) else []
    hits = [*file.values()] if isinstance(file, dict) else file
    if not isinstance(hits, list) or not all(key.isdecimal() for key in keys):
        return False
    begins_at_line_0 = isinstance(file, dict) or not hits or hits[0] is None
    return begins_at_line_0 and all(one is None or isinstance(one, int) or _is_part(one) for one in hits[:_CHECKED])


def _is_part(hits: Any) -> bool:
    return isinstance(hits, str) and (_PARTIAL.fullmatch(hits) is not None or hits.isdecimal())


def _hits_of_line(into: FileTally, number: int, hits: Any) -> None:
    part = _PARTIAL.fullmatch(hits) if isinstance(hits, str) else None
    if part is not None:
        into.line(number, int(part[1]))
        into.branch(number, int(part[1]), int(part[2]))
    elif isinstance(hits, bool):
        into.line(number, int(hits))
    elif (count := whole(hits)) is not None:
        into.line(number, count)


class Covdir(_Listed):
    """grcov's `covdir`: https://github.com/mozilla/grcov/blob/master/src/covdir.rs: folders in folders, by their names;
    a line that is no code has -1.
    """

    name = "covdir"

    def __init__(self) -> None:
        super().__init__()
        self._open: list[str] = []

    @staticmethod
    def matches(document: dict[str, Any]) -> bool:
        """As JsonFormat says."""
        return isinstance(document.get("children"), dict) and _tells_lines(document)

    def step(self, path: Path) -> Step:
        """A piece is the lines of a file; the path of what is open is built part by part."""
        if any(part != "children" for part in path[::2]):
            return Step.TAKE if path[-1] == "coverage" else Step.SKIP
        depth = len(path) // 2
        if depth and len(path) % 2 == 0:
            del self._open[depth - 1 :]
            around = f"{self._open[-1]}/" if self._open else ""
            self._open.append(fit_path(around + path[-1]).replace("//", "/"))
        return Step.OPEN

    def take(self, path: Path, value: Any) -> None:
        """As JsonFormat says."""
        if path[-1] == "coverage" and len(path) > 2 and isinstance(value, list):
            _lines_from_one(value, self._tally.file(self._open[-1]))


def _tells_lines(folder: dict[str, Any]) -> bool:
    """Whether the first file in it tells lines, or figures are told of nothing."""
    for _ in range(_MAX_DEPTH):
        if isinstance(folder.get("coverage"), list):
            return True
        if not folder.get("children"):
            return "linesTotal" in folder
        folder = record(first(folder["children"]))
    return False


def _lines_from_one(hits: Any, into: FileTally) -> None:
    for number, count in enumerate(hits if isinstance(hits, list) else (), 1):
        if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
            into.line(number, whole(count) or 0)
