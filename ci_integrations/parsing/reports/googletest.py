"""GoogleTest's JSON: https://google.github.io/googletest/advanced.html#generating-a-json-report"""

from collections.abc import Iterator
from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.jsonstream import MEMBER, Part, down_to
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.jsonvalues import Format, first_of, has, records, text, units
from ci_integrations.parsing.reports.values import result, seconds, whole_number

_TEST: Final = ("testsuites", MEMBER, "testsuite", MEMBER)


def _googletest(parts: Iterator[Part], reading: Reading) -> Iterator[TestData]:
    """A test that has neither `status` nor `result` was only listed (`--gtest_list_tests`)."""
    for one in units(parts, _TEST, {}):
        if "status" not in one and "result" not in one:
            continue
        words = [text(failure.get("failure")) for failure in records(one.get("failures"))]
        was_run = one.get("status") == "RUN" and one.get("result") not in ("SKIPPED", "SUPPRESSED")
        skipped = "\n".join(text(skip.get("message")) for skip in records(one.get("skipped")))
        yield result(
            text(one.get("classname")),
            text(one.get("name")),
            Outcome.FAILED if words else Outcome.PASSED if was_run else Outcome.SKIPPED,
            duration=seconds(text(one.get("time")).removesuffix("s")),
            message=skipped if not words else "",
            details="\n".join(words),
            file=text(one.get("file")),
            line=whole_number(one.get("line")),
        )


def _is_googletest(document: Any) -> bool:
    if not has(document, "testsuites"):
        return False
    is_empty = document["testsuites"] == [] and isinstance(document.get("failures"), int)
    return is_empty or has(first_of(document["testsuites"]), "testsuite")


FORMAT: Final = Format(
    "googletest-json",
    _is_googletest,
    down_to(_TEST),
    _googletest,
)
