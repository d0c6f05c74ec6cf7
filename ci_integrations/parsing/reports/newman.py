"""Newman's JSON, of Postman's collections:
https://github.com/postmanlabs/newman/blob/develop/lib/reporters/json/index.js
"""

from collections.abc import Iterator
from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.jsonstream import MEMBER, Part, Path, Step
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.jsonvalues import Format, has, record, records, text
from ci_integrations.parsing.reports.values import result

_EXECUTION: Final = ("run", "executions", MEMBER)
_SCRIPTS: Final = {"prerequestScript": "prerequest-script", "testScript": "test-script"}
_MAX_KNOWN: Final = 1_000
_MAX_REF: Final = 100
_KEPT: Final = ("cursor", "item", "assertions", "requestError", *_SCRIPTS)


def _newman_step(path: Path) -> Step:
    """Of a request neither what was sent nor what came back is read."""
    if path == _EXECUTION[: len(path)]:
        return Step.OPEN
    return Step.TAKE if path[:-1] == _EXECUTION and path[-1] in _KEPT else Step.SKIP


def _newman(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    """Each assertion is a test; a request that could not be made is one, too, and a script that broke off.

    An execution is written once for each request that it made (`pm.sendRequest`), whole each time; its cursor, which
    comes first, has a `ref` of its own: https://github.com/postmanlabs/newman/blob/develop/lib/run/summary.js
    """
    item, is_known, known = "", False, _Known()
    for path, value in parts:
        if path[:-1] != _EXECUTION:
            continue
        if path[-1] == "cursor":
            is_known = known.has(text(record(value).get("ref"))[:_MAX_REF])
        elif is_known:
            continue
        elif path[-1] == "item":
            item = text(record(value).get("name"))
        elif path[-1] == "requestError" and record(value):
            yield _broken(item, "request", record(value))
        elif path[-1] in _SCRIPTS:
            errors = (record(one.get("error")) for one in records(value))
            yield from (_broken(item, _SCRIPTS[path[-1]], error) for error in errors if error)
        elif path[-1] == "assertions":
            yield from (_assertion(item, one) for one in records(value))


class _Known:
    """The executions that were read last."""

    def __init__(self) -> None:
        self._refs: dict[str, None] = {}

    def has(self, ref: str) -> bool:
        """Whether it was asked for before; one without a name never was."""
        if not ref or ref in self._refs:
            return bool(ref)
        self._refs[ref] = None
        if len(self._refs) > _MAX_KNOWN:
            self._refs.pop(next(iter(self._refs)))
        return False


def _broken(item: str, name: str, error: dict[str, Any]) -> TestData:
    message = text(error.get("message")) or " ".join(text(error.get(key)) for key in ("code", "address")).strip()
    return result(item, name, Outcome.ERROR, message=message, details=text(error.get("stack")))


def _assertion(item: str, one: dict[str, Any]) -> TestData:
    error = record(one.get("error"))
    outcome = Outcome.FAILED if error else Outcome.SKIPPED if one.get("skipped") is True else Outcome.PASSED
    return result(
        item, text(one.get("assertion")), outcome, message=text(error.get("message")), details=text(error.get("stack"))
    )


def _is_newman(document: Any) -> bool:
    run = has(document, "collection", "run") and document["run"]
    return (
        isinstance(run, dict) and isinstance(document["collection"], dict) and ("stats" in run or "executions" in run)
    )


FORMAT: Final = Format("newman-json", _is_newman, _newman_step, _newman)
