"""XML reports other than JUnit: each test element becomes a small tree, of which a format makes a result."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ci_integrations.domain import TestData
from ci_integrations.parsing import LimitReached, ReportError
from ci_integrations.parsing.reports.interface import Counts, Limits, Reading
from ci_integrations.parsing.reports.words import Text
from ci_integrations.parsing.reports.xmlstream import TextSwitch, stated_or_none
from ci_integrations.parsing.xmlstrict import Attributes

MAX_CHILDREN: Final = 20_000
MAX_DEPTH: Final = 20_000


@dataclass(slots=True)
class Element:
    """An element with its children and its own character data."""

    tag: str
    attributes: Attributes
    children: list["Element"] = field(default_factory=list)
    words: Text | None = None

    @property
    def text(self) -> str:
        """Its own character data."""
        return str(self.words or "").strip()

    def add(self, data: str) -> None:
        """Some more of that."""
        if self.words is None:
            self.words = Text()
        self.words.add(data)

    def get(self, *names: str) -> str:
        """The first of these attributes that is not empty."""
        return next((value for name in names if (value := self.attributes.get(name))), "")

    def find(self, *path: str) -> "Element | None":
        """The first element under this path of tags."""
        at: Element | None = self
        for tag in path:
            at = next((child for child in at.children if child.tag == tag), None) if at else None
        return at

    def words_of(self, *path: str) -> str:
        """The text of the element under this path; "" where there is none."""
        found = self.find(*path)
        return found.text if found else ""

    def all(self, *tags: str) -> Iterator["Element"]:
        """The children with these tags."""
        return (child for child in self.children if child.tag in tags)

    def every(self, tag: str) -> Iterator["Element"]:
        """The elements with this tag at any depth."""
        todo = [self]
        while todo:
            at = todo.pop()
            if at.tag == tag:
                yield at
            todo += reversed(at.children)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a format is: `units` are the tags of its tests, `convert` makes results of one with the elements around it
    (outermost first, without children), `outside` looks at any other element that ends, `stated` at every one that
    begins.
    """

    units: frozenset[str]
    convert: Callable[[Element, list[Element]], list[TestData]]
    stated: Callable[[Element, int], Counts | None] | None = None
    problem: Callable[[Element, list[Element]], str] | None = None
    problem_units: frozenset[str] = frozenset()


class Elements:
    """The handler for a dialect."""

    start: Callable[[str, Attributes], None]
    end: Callable[[str], None]

    def __init__(self, dialect: Dialect, switch: TextSwitch, limits: Limits) -> None:
        self._dialect = dialect
        self._switch = switch
        self._limits = limits
        self._around: list[Element] = []
        self._tree: list[Element] = []
        self._size = 0
        self._skipped = 0
        self._count = 0
        self._done: list[TestData] = []
        self._problems: list[str] = []
        self._stated: Counts | None = None
        self.start, self.end = self._start, self._end

    def take(self) -> list[TestData]:
        """The results finished since the last call."""
        done, self._done = self._done, []
        return done

    def close(self, reading: Reading) -> None:
        """A test that is left open is not told: how it ended is not known."""
        self._switch(None)
        for text in self._problems:
            reading.note(text)
        if not self._count and self._stated is not None:
            reading.stated = stated_or_none(self._stated)

    def _start(self, tag: str, attributes: Attributes) -> None:
        tag = tag.rpartition(":")[2]
        if self._tree:
            self._size += 1
            if self._size > MAX_CHILDREN:
                self._skipped += 1
                self._switch(None)
                return
            element = Element(tag, attributes)
            self._tree[-1].children.append(element)
            self._tree.append(element)
            self._switch(element.add)
            return
        element = Element(tag, attributes)
        if tag in self._dialect.units or tag in self._dialect.problem_units:
            self._tree, self._size = [element], 0
            self._switch(element.add)
            return
        if self._dialect.stated and self._stated is None:
            self._stated = self._dialect.stated(element, len(self._around))
        self._around.append(element)
        if len(self._around) > MAX_DEPTH:
            raise ReportError(f"elements nested deeper than {MAX_DEPTH}")

    def _end(self, tag: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        if not self._tree:
            self._around.pop()
            return
        element = self._tree.pop()
        self._switch(self._tree[-1].add if self._tree else None)
        if self._tree:
            return
        if element.tag not in self._dialect.units:
            if self._dialect.problem:
                self._problems += [self._dialect.problem(element, self._around)][: 20 - len(self._problems)]
            return
        results = self._dialect.convert(element, self._around)
        self._count += len(results)
        if self._count > self._limits.max_cases:
            raise LimitReached(f"more than {self._limits.max_cases} test cases: the rest was not read")
        self._done += results


def handler(dialect: Dialect) -> Callable[[TextSwitch, Limits], Elements]:
    """For `XmlReader`."""
    return lambda switch, limits: Elements(dialect, switch, limits)
