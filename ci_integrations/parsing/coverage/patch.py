"""How the lines of a change are covered."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ci_integrations.parsing.coverage.model import Coverage, FileCoverage, Ratio, summed
from ci_integrations.parsing.coverage.paths import plain


@dataclass(frozen=True, slots=True)
class FilePatch:
    """The changed lines of one file that are code, and which of them no test ran."""

    path: str
    lines: Ratio
    missed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Patch:
    """How the lines of a change are covered; `unmeasured` are the changed files of which the report tells no lines."""

    lines: Ratio
    files: tuple[FilePatch, ...] = ()
    unmeasured: tuple[str, ...] = ()


def patch(coverage: Coverage, changed: Mapping[str, Iterable[int]]) -> Patch:
    """How the changed lines (path in the repository -> numbers in the new file) are covered.

    A changed line that the report does not tell of is no code. Reports name files in their own ways (absolute, below a
    source root, below a Go module): a file is the one whose path ends in the other's, and shares most with it.
    """
    by_name: dict[str, list[FileCoverage]] = defaultdict(list)
    for file in coverage.files:
        if file.lines:
            by_name[_parts(file.path)[-1]].append(file)
    files: list[FilePatch] = []
    unmeasured: list[str] = []
    for path, numbers in changed.items():
        measured = _measured(path, by_name[_parts(path)[-1]])
        if measured is None:
            unmeasured.append(path)
            continue
        code = sorted({number for number in numbers if number in measured.lines})
        missed = tuple(number for number in code if not measured.lines[number])
        files.append(FilePatch(path, Ratio(len(code) - len(missed), len(code)), missed))
    total = summed(file.lines for file in files) or Ratio(0, 0)
    return Patch(total, tuple(files), tuple(unmeasured))


def _parts(path: str) -> list[str]:
    return plain(path).split("/")


def _measured(path: str, candidates: Sequence[FileCoverage]) -> FileCoverage | None:
    """The one file that is meant; None where none is, or several equally."""
    wanted = _parts(path)
    shared = [_common_end(wanted, _parts(file.path)) for file in candidates]
    most = max(shared, default=0)
    return candidates[shared.index(most)] if most and shared.count(most) == 1 else None


def _common_end(one: Sequence[str], other: Sequence[str]) -> int:
    """How many parts the shorter path has, where it is the end of the longer one; else 0."""
    same = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        same += 1
    return same if same == min(len(one), len(other)) else 0
