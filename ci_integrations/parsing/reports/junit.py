"""JUnit XML in its dialects.

There is no standard, only habits: https://github.com/testmoapp/junitxml for the common form,
https://maven.apache.org/surefire/maven-surefire-plugin/examples/rerun-failing-tests.html for reruns,
https://docs.gradle.org/current/userguide/java_testing.html (mergeReruns). Counts in attributes are often wrong: the
elements count, and the attributes only where there are no cases.
"""

import math
from collections.abc import Callable
from typing import Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing import LimitReached
from ci_integrations.parsing.reports.interface import Limits, Reading
from ci_integrations.parsing.reports.junitcase import NOT_RUN, CaseElement, finished, line_of, stated_totals
from ci_integrations.parsing.reports.values import MAX_SUITE, made
from ci_integrations.parsing.reports.xmlstream import TextSwitch, stated_or_none
from ci_integrations.parsing.xmlstrict import Attributes

_CASE, _SUITE, _SUITES, _RESULT, _OUTPUT, _OTHER = range(6)
_KINDS: Final = {
    "testcase": _CASE,
    "testsuite": _SUITE,
    "testsuites": _SUITES,
    "failure": _RESULT,
    "error": _RESULT,
    "skipped": _RESULT,
    "flakyFailure": _RESULT,
    "flakyError": _RESULT,
    "rerunFailure": _RESULT,
    "rerunError": _RESULT,
    "system-out": _OUTPUT,
    "system-err": _OUTPUT,
}
_MAX_KINDS: Final = 1_000
_HOLDERS: Final = frozenset({_SUITE, _SUITES})
_INFINITE: Final = math.inf
_PASSED: Final = Outcome.PASSED


class JUnit:
    """The handler. A plain passing case costs two calls and no more than it must."""

    start: Callable[[str, Attributes], None]
    end: Callable[[str], None]

    def __init__(self, switch: TextSwitch, limits: Limits) -> None:
        self._switch = switch
        self._limits = limits
        self._kinds = dict(_KINDS)
        self._suites: list[Attributes] = []
        self._seen: list[Attributes] = []
        self._done: list[TestData] = []
        self._root = ""
        self._problems: list[str] = []
        self._state: Callable[[], tuple[int, Attributes | None, bool]]
        self._results: list[CaseElement] = []
        self._open: CaseElement | None = None
        self.start, self.end = self._handlers()

    def take(self) -> list[TestData]:
        """The cases finished since the last call."""
        done = self._done[:]
        self._done.clear()
        return done

    def close(self, reading: Reading) -> None:
        """A case left open is kept where it is known to have failed."""
        count, case, is_classless = self._state()
        if case is not None and any(one.outcome.is_failed for one in self._results):
            self._done.append(self._finished(case, self._suites[-1] if self._suites else {}))
        reading.suites_are_files = is_classless and count > 0
        if not count and self._root == "testsuites":
            reading.stated = stated_or_none(stated_totals(self._seen))
        if not count and not self._root:
            reading.error = reading.error or "the root element is not <testsuites> or <testsuite>"
        for text in self._problems:
            reading.note(text)

    def _handlers(self) -> tuple[Callable[[str, Attributes], None], Callable[[str], None]]:  # noqa: C901 - closures, for speed
        kinds, kind_of, done, suites = self._kinds.get, self._kind_of, self._done, self._suites
        max_cases, count, depth, is_plain, is_classless = self._limits.max_cases, 0, 0, True, True
        case: Attributes | None = None
        suite: Attributes = {}
        owner_name = suite_file = ""

        def start(tag: str, attributes: Attributes) -> None:
            nonlocal case, depth, is_plain, count
            if case is None and tag == "testcase":
                case, is_plain, count = attributes, True, count + 1
                if "status" in attributes and attributes["status"] in NOT_RUN:
                    is_plain = False
                if count > max_cases:
                    raise LimitReached(f"more than {max_cases} test cases: the rest was not read")
                return
            kind = kinds(tag)
            if kind is None:
                kind = kind_of(tag)
            if case is not None:
                depth += 1
                if kind < _OUTPUT or self._open is not None:
                    is_plain = False
                    self._inside(kind, tag, attributes, depth)
            elif kind == _CASE:
                start("testcase", attributes)
            elif kind == _RESULT:
                self._problem(suite, attributes)
            elif kind != _OTHER and kind != _OUTPUT:
                suites.append(attributes)
                enter(attributes)
                self._seen_suite(tag, attributes, count)

        def enter(attributes: Attributes) -> None:
            nonlocal suite, owner_name, suite_file
            suite, owner_name = attributes, attributes.get("name", "")
            suite_file = attributes.get("file") or attributes.get("filepath", "")

        def end(tag: str) -> None:
            nonlocal case, depth, is_plain, is_classless
            if case is None:
                if kinds(tag, _OTHER) in _HOLDERS:
                    suites.pop()
                    enter(suites[-1] if suites else {})
            elif depth:
                if not is_plain:
                    self._leave(depth)
                depth -= 1
            else:
                try:
                    name, owner, duration = case["name"], case["classname"], float(case["time"])
                    is_plain = is_plain and 0 <= duration < _INFINITE and 0 < len(owner) < MAX_SUITE - len(name)
                except (KeyError, ValueError):
                    is_plain, name, owner, duration = False, "", "", 0.0
                if is_plain:
                    is_classless = False
                    line = line_of(case["line"], suite) if "line" in case else None
                    done.append(made(owner, name, _PASSED, duration, "", "", case.get("file") or suite_file, line))
                else:
                    is_classless = is_classless and not case.get("classname")
                    done.append(self._finished(case, suite))
                case = None

        self._state = lambda: (count, case, is_classless)
        return start, end

    def _kind_of(self, tag: str) -> int:
        """Also of a tag with a namespace's prefix."""
        kind = _KINDS.get(tag.rpartition(":")[2], _OTHER)
        if len(self._kinds) < _MAX_KINDS:
            self._kinds[tag] = kind
        return kind

    def _seen_suite(self, tag: str, attributes: Attributes, count: int) -> None:
        self._root = self._root or tag.rpartition(":")[2]
        if not count and len(self._seen) < _MAX_KINDS:
            self._seen.append(attributes | {"depth": str(len(self._suites))})

    def _problem(self, suite: Attributes, attributes: Attributes) -> None:
        """What failed a suite outside of its cases."""
        if len(self._problems) < 20:
            self._problems.append(f"{suite.get('name', '')}: {attributes.get('message', '')}")

    def _inside(self, kind: int, tag: str, attributes: Attributes, depth: int) -> None:
        if self._open is not None:
            if kind == _OUTPUT:  # Surefire puts a rerun's output inside the rerun
                self._switch(None)
        elif kind == _RESULT and depth == 1:
            self._open = CaseElement(depth, tag.rpartition(":")[2], attributes)
            self._results.append(self._open)
            self._switch(self._open.text.add)

    def _leave(self, depth: int) -> None:
        if self._open is None:
            return
        if depth == self._open.depth:
            self._open = None
            self._switch(None)
        else:
            self._switch(self._open.text.add)

    def _finished(self, case: Attributes, suite: Attributes) -> TestData:
        elements, self._results, self._open = self._results, [], None
        if elements:
            self._switch(None)
        return finished(case, suite, elements)
