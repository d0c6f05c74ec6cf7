"""dart test and flutter test: https://github.com/dart-lang/test/blob/master/pkgs/test/doc/json_reporter.md"""

from typing import Any, Final

from ci_integrations.domain import Outcome
from ci_integrations.parsing.reports.events import Events
from ci_integrations.parsing.reports.jsonvalues import record, text
from ci_integrations.parsing.reports.values import result, scaled, under, whole_number

_BEGINNINGS: Final = ("suite", "group", "testStart")
_MAX_KNOWN: Final = 500_000
_MAX_ERRORS: Final = 20


class DartEvents(Events):
    """dart test and flutter test."""

    def __init__(self) -> None:
        super().__init__()
        self._suites: dict[int, str] = {}
        self._groups: dict[int, str] = {}
        self._tests: dict[int, tuple[dict[str, Any], float]] = {}
        self._errors: dict[int, list[dict[str, Any]]] = {}

    def take(self, one: Any) -> None:
        if isinstance(one, list):
            return
        kind, number = text(one.get("type")), whole_number(one.get("testID"))
        if kind in _BEGINNINGS and self._is_full():
            return
        if kind == "suite":
            self._suites[_id(one.get("suite"))] = text(record(one.get("suite")).get("path"))
        elif kind == "group":
            self._groups[_id(one.get("group"))] = text(record(one.get("group")).get("name"))
        elif kind == "testStart":
            self._tests[_id(one.get("test"))] = record(one.get("test")), scaled(one.get("time"), 1e-3) or 0.0
        elif kind == "error" and number is not None:
            errors = self._errors.setdefault(number, [])
            if len(errors) < _MAX_ERRORS and number in self._tests:
                errors.append(one)
        elif kind == "testDone" and number is not None and one.get("hidden") is not True:
            self._done(number, one)

    def _is_full(self) -> bool:
        return len(self._suites) + len(self._groups) + len(self._tests) > _MAX_KNOWN

    def _done(self, number: int, one: dict[str, Any]) -> None:
        test, begun = self._tests.pop(number, ({}, 0.0))
        errors = self._errors.pop(number, [])
        outcome = {"success": Outcome.PASSED, "failure": Outcome.FAILED}.get(text(one.get("result")), Outcome.ERROR)
        if one.get("skipped") is True:
            outcome = Outcome.SKIPPED
        parents = [self._groups.get(group, "") for group in test.get("groupIDs", []) if isinstance(group, int)]
        suite, full = parents[-1] if parents else "", text(test.get("name"))
        first = errors[0] if errors else {}
        details = "\n".join(text(error.get(key)) for error in errors for key in ("error", "stackTrace"))
        self.done.append(
            result(
                suite,
                under(full, suite, " "),
                outcome,
                duration=max(0.0, (scaled(one.get("time"), 1e-3) or begun) - begun),
                message=text(first.get("error")) or text(record(test.get("metadata")).get("skipReason")),
                details=details,
                file=text(test.get("root_url")) or text(test.get("url")) or self._suites.get(_id(test, "suiteID"), ""),
                line=whole_number(test.get("root_line")) or whole_number(test.get("line")),
            )
        )


def _id(value: Any, key: str = "id") -> int:
    number = record(value).get(key)
    return number if isinstance(number, int) else -1
