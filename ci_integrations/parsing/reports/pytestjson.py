"""JSON of pytest's plugins.

pytest-reportlog: https://github.com/pytest-dev/pytest-reportlog; pytest-json-report:
https://github.com/numirias/pytest-json-report#format
"""

from collections.abc import Iterator
from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.jsonstream import MEMBER, Part, plan
from ci_integrations.parsing.reports.events import Attempts, Events
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.jsonvalues import Format, has, outcome_of, record, records, text
from ci_integrations.parsing.reports.values import result, scaled, whole_number

# More tests do not run at once.
_MAX_OPEN: Final = 2_000
_MAX_STAGES: Final = 20


def split_node(node: str) -> tuple[str, str]:
    """pytest's `path::Class::test[a::b]` as what it is in, and its name."""
    plain, bracket, parameters = node.partition("[")
    suite, _, name = plain.rpartition("::")
    return suite, name + bracket + parameters


class ReportLog(Events):
    """pytest-reportlog: one event a stage (setup, call, teardown)."""

    def __init__(self) -> None:
        super().__init__()
        self._stages: dict[str, list[dict[str, Any]]] = {}
        self._attempts = Attempts()

    def take(self, one: Any) -> None:
        one = record(one)
        node = text(one.get("nodeid"))
        if one.get("$report_type") == "CollectReport" and one.get("outcome") == "failed":
            self.note(f"{node} could not be collected: {_long(one.get('longrepr'))}")
        if one.get("$report_type") != "TestReport":
            return
        if len(self._stages) > _MAX_OPEN:
            oldest = next(iter(self._stages))
            self._node(oldest, self._stages.pop(oldest))
        stages = self._stages.setdefault(node, [])
        if len(stages) < _MAX_STAGES:
            stages.append(one)
        if one.get("when") == "teardown":
            self._node(node, self._stages.pop(node))

    def close(self, reading: Reading) -> list[TestData]:
        for node, stages in self._stages.items():
            self._node(node, stages)
        self.done += self._attempts.release()
        return super().close(reading)

    def _node(self, node: str, stages: list[dict[str, Any]]) -> None:
        bad = next((stage for stage in stages if stage.get("outcome") in ("failed", "rerun")), {})
        outcome = Outcome.PASSED
        if bad:
            outcome = Outcome.FAILED if bad.get("when") == "call" else Outcome.ERROR
        elif any(stage.get("outcome") == "skipped" for stage in stages):
            outcome = Outcome.SKIPPED
        suite, name = split_node(node)
        place = stages[0].get("location") if stages else None
        line = whole_number(place[1]) if isinstance(place, list) and len(place) == 3 else None
        crash = record(record(bad.get("longrepr")).get("reprcrash"))
        self.done += self._attempts.ended(
            result(
                suite,
                name,
                outcome,
                duration=sum(scaled(stage.get("duration")) or 0.0 for stage in stages),
                message=text(crash.get("message")),
                details=_long(bad.get("longrepr")),
                file=text(crash.get("path")) or suite.partition("::")[0],
                line=whole_number(crash.get("lineno")) or (line + 1 if line is not None else None),
            )
        )


def _long(value: Any) -> str:
    if isinstance(value, str):
        return value
    entries = records(record(record(value).get("reprtraceback")).get("reprentries"))
    lines = [record(one.get("data")).get("lines") for one in entries]
    return "\n".join(text(line) for part in lines if isinstance(part, list) for line in part)


def _pytest(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    for path, value in parts:
        one = record(value)
        if path == ("collectors", MEMBER) and one.get("outcome") in ("failed", "error"):
            reading.note(f"{text(one.get('nodeid'))}: {text(one.get('longrepr'))}")
        if path != ("tests", MEMBER):
            continue
        stages = [record(one.get(stage)) for stage in ("setup", "call", "teardown")]
        bad = next((stage for stage in stages if stage.get("outcome") == "failed"), {})
        crash = record(bad.get("crash"))
        suite, name = split_node(text(one.get("nodeid")))
        yield result(
            suite,
            name,
            outcome_of(one.get("outcome")),
            duration=sum(scaled(stage.get("duration")) or 0.0 for stage in stages),
            message=text(crash.get("message")),
            details=text(bad.get("longrepr")),
            file=text(crash.get("path")) or suite.partition("::")[0],
            line=whole_number(crash.get("lineno")) or whole_number(one.get("lineno")),
        )


FORMAT: Final = Format(
    "pytest-json",
    lambda one: has(one, "summary") and ("collectors" in one or ("exitcode" in one and "tests" in one)),
    plan({(), ("collectors",), ("tests",)}, {("collectors", MEMBER), ("tests", MEMBER)}),
    _pytest,
)
