"""What runners of many programs put before each line of their output: taken away where it is proved to be that.

"error: ", "note: " or "[INFO] " look the same, so a prefix is taken away only if a line of the runner or its own form
proves it (see `prefix_forms`), and it has stood before `IN_A_ROW` lines that stand together, among which may be lines
with other proved prefixes, as programs take turns. Then it is one to the end of the log.

A block, of 32 KB and more, is handed on before the next is read. So what a runner proves only when a program ends (bun,
concurrently) is taken away from that block on; and where a block ends within the first `IN_A_ROW` lines, those in it
stay as they are: given line by line, it is the first three of each prefix. To be cheap, only some lines of a block
are looked at before something is found: what stands before few of them may be missed. A proof is looked for in a
block and the `_BLOCKS_BACK - 1` before it.
"""

from collections import deque
from collections.abc import Iterable, Sequence, Set
from typing import Final

from ci_integrations.parsing.logs.clocks import Clocks
from ci_integrations.parsing.logs.prefix_forms import (
    KINDS,
    all_beginnings,
    beginnings,
    family,
    is_package,
    kind_of,
    may_be,
    proved_by,
    telling,
    tells_packages,
    tells_tags,
)

IN_A_ROW: Final = 3
MAX_PREFIXES: Final = 1_000
_BLOCKS_BACK: Final = 3
# So many lines of a block, and so many at its end, are looked at for whether it is worth to look at all.
_SAMPLE: Final = 96
_LAST: Final = 16


class Prefixes:
    """Give it the lines of a log, cleaned, block by block: see above what that takes."""

    def __init__(self) -> None:
        self._clocks = Clocks()
        self._seen: set[str] = set()
        # Blocks, each with the kinds of prefixes whose proofs were looked for in it.
        self._blocks: deque[tuple[list[str], set[str]]] = deque(maxlen=_BLOCKS_BACK)
        self._proved: set[str] = set()
        self._has_families = self._has_tags = self._has_packages = False
        self._in_row: dict[str, int] = {}
        self._sure: set[str] = set()

    def without(self, lines: list[str]) -> list[str]:
        """The lines, each where it was, without the clock of a server and without the prefix of a runner."""
        lines = self._clocks.without(lines)
        self._blocks.append((lines, set()))
        if not self._are_suspect(lines):
            self._in_row.clear()
            return lines
        prefixes = beginnings(lines)
        known = {prefix: self._known(prefix) for prefix in set(prefixes)}
        self._count([known[prefix] for prefix in prefixes], set(known.values()))
        if self._sure.isdisjoint(known.values()):
            return lines
        lengths = {prefix: _length(prefix) if name in self._sure else 0 for prefix, name in known.items()}
        return [line[lengths[prefix] :] for line, prefix in zip(lines, prefixes, strict=True)]

    def _are_suspect(self, lines: Sequence[str]) -> bool:
        """Whether what begins some lines may stand before many: it comes again, and something proves it, or its form
        does.
        """
        kinds = KINDS if self._sure else self._kinds_again(lines)
        if kinds:
            self._search(kinds)
        is_proved = self._proved or self._has_families or self._has_tags or self._has_packages
        return bool(kinds and is_proved)

    def _kinds_again(self, lines: Sequence[str]) -> set[str]:
        """The kinds of what comes again."""
        if len(self._seen) > MAX_PREFIXES:
            self._seen.clear()
        again = set()
        for prefix in all_beginnings([*lines[: -_LAST : len(lines) // _SAMPLE + 1], *lines[-_LAST:]]):
            if family(prefix):
                self._has_families = True
                again.add(kind_of(prefix))
            elif prefix not in self._seen:
                self._seen.add(prefix)
            elif (kind := kind_of(prefix)) not in again and may_be(prefix):
                again.add(kind)
        return again

    def _search(self, kinds: Set[str]) -> None:
        """Note what proves prefixes of these kinds in lines that were not looked at for it so far."""
        for lines, searched in self._blocks:
            told = telling(lines, kinds - searched)
            searched |= kinds
            for line, prefix in zip(told, beginnings(told), strict=True):
                if not prefix:
                    self._has_tags = self._has_tags or tells_tags(line)
                    self._has_packages = self._has_packages or tells_packages(line)
                if prefix not in self._proved and len(self._proved) < MAX_PREFIXES:
                    self._proved.update(filter(may_be, proved_by(line, prefix)))

    def _known(self, prefix: str) -> str:
        """What it is one of, as far as that is proved; "" where it is not."""
        if prefix in self._sure or prefix in self._proved or (prefix[-1:] == "\t" and self._has_tags):
            return prefix
        if self._has_packages and is_package(prefix):
            return prefix
        return family(prefix)

    def _count(self, rows: Iterable[str], names: set[str]) -> None:
        """Note which of the names stand before `IN_A_ROW` lines, where a line without one ends what stands together."""
        if names <= self._sure | {""}:
            self._in_row.clear()
            return
        for name in rows:
            if not name or len(self._in_row) > MAX_PREFIXES:
                self._in_row.clear()
            elif name not in self._sure:
                self._in_row[name] = self._in_row.get(name, 0) + 1
                if self._in_row[name] >= IN_A_ROW and len(self._sure) < MAX_PREFIXES:
                    self._sure.add(name)


def _length(prefix: str) -> int:
    return len(prefix) if prefix[-1] == "\t" else len(prefix) + 1
