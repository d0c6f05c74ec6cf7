"""Reports of a given size, the same bytes each time."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Final

_CASES: Final = 50
_FAILS: Final = 50
_TRACE: Final = "\n".join(
    f'  File "/src/app/module_{number}.py", line {number * 7}, in call_{number}\n    return value'
    for number in range(6)
)


def write_report(kind: str, path: Path, size: int) -> None:
    """A report of one of KINDS, of at least `size` bytes."""
    beginning, block, ending = KINDS[kind]
    written = 0
    with path.open("w", encoding="utf-8") as out:
        out.write(beginning)
        for number in count():
            if written >= size:
                break
            written += out.write(block(number))
        out.write(ending)


def _junit(number: int) -> str:
    return f'<testsuite name="suite.{number}" tests="{_CASES}">\n{"".join(_junit_cases(number))}</testsuite>\n'


def _junit_cases(number: int) -> Iterator[str]:
    for case in range(_CASES):
        begin = (
            f'  <testcase classname="org.example.service.implementation.Component{number % 400}Test" '
            f'name="handles_case_{case}_of_block_{number}_as_the_contract_says_it_does_with_a_name_just_as_long_as_those_of_'
            f'practice_are[{case * number}-input-{case % 7}]" time="0.{case:03}"'
        )
        if _fails(number, case):
            yield f'{begin}>\n    <failure message="expected {case} &lt; {number}" type="AssertionError">{_TRACE}'
            yield "</failure>\n  </testcase>\n"
        else:
            yield f"{begin}/>\n"


def _trx(number: int) -> str:
    results, tests = "".join(_trx_results(number)), "".join(_trx_tests(number))
    return f"<Results>\n{results}</Results>\n<TestDefinitions>\n{tests}</TestDefinitions>\n"


def _trx_results(number: int) -> Iterator[str]:
    for case in range(_CASES):
        said = f"<Message>bad</Message><StackTrace>{_TRACE}</StackTrace>" if _fails(number, case) else ""
        yield (
            f'<UnitTestResult executionId="{_id(number, case)}" testId="{_id(number, case)}" '
            f'testName="Space.Class{number}.Method{case}" duration="00:00:00.0{case:02}" '
            f'outcome="{"Failed" if said else "Passed"}">'
            f"<Output><ErrorInfo>{said}</ErrorInfo></Output></UnitTestResult>\n"
        )


def _trx_tests(number: int) -> Iterator[str]:
    for case in range(_CASES):
        yield (
            f'<UnitTest name="Space.Class{number}.Method{case}" id="{_id(number, case)}">'
            f'<TestMethod codeBase="space.dll" className="Space.Class{number}" name="Method{case}"/></UnitTest>\n'
        )


def _id(number: int, case: int) -> str:
    return f"{number:08x}-0000-4000-8000-{case:012x}"


def _fails(number: int, case: int) -> bool:
    return (case + number) % _FAILS == 0


def _go(number: int) -> str:
    package = f"example.com/service/package{number}"
    lines = []
    for case in range(_CASES):
        test = {"Time": "2024-01-02T03:04:05.123456Z", "Package": package, "Test": f"TestHandlesCase{case}"}
        lines += [
            {**test, "Action": "run"},
            {**test, "Action": "output", "Output": f"=== RUN   TestHandlesCase{case}\n"},
            {**test, "Action": "output", "Output": f"    file_test.go:{case}: value {number}\n"},
            {**test, "Action": "fail" if _fails(number, case) else "pass", "Elapsed": case / 1000},
        ]
    lines.append({"Package": package, "Action": "fail", "Elapsed": 1.5})
    return "".join(json.dumps(line) + "\n" for line in lines)


def _jest(number: int) -> str:
    cases = [
        {
            "ancestorTitles": [f"component {number}", "when it is used"],
            "duration": case,
            "failureMessages": [f"Error: bad\n    at /src/a{number}.js:{case}:3"] if _fails(number, case) else [],
            "fullName": f"component {number} when it is used handles case {case}",
            "status": "failed" if _fails(number, case) else "passed",
            "title": f"handles case {case}",
        }
        for case in range(_CASES)
    ]
    file = {"assertionResults": cases, "message": "", "name": f"/src/component{number}.test.js", "status": "passed"}
    return ("," if number else "") + json.dumps(file)


def _lcov(number: int) -> str:
    lines = "".join(f"DA:{line},{line % 3}\n" for line in range(1, 400))
    return f"TN:\nSF:/src/module_{number}.c\n{lines}LF:399\nLH:266\nend_of_record\n"


def _cobertura(number: int) -> str:
    lines = "".join(f'<line number="{line}" hits="{line % 3}" branch="false"/>\n' for line in range(1, 400))
    return f'<class name="C{number}" filename="src/c{number}.py"><methods/><lines>{lines}</lines></class>\n'


def _jacoco(number: int) -> str:
    lines = "".join(f'<line nr="{line}" mi="{line % 2}" ci="{line % 3}" mb="0" cb="0"/>' for line in range(1, 400))
    return f'<sourcefile name="C{number}.java">{lines}<counter type="LINE" missed="133" covered="266"/></sourcefile>\n'


# What a report begins with, its blocks by number, and what it ends with.
KINDS: Final[dict[str, tuple[str, Callable[[int], str], str]]] = {
    "junit": ('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n', _junit, "</testsuites>\n"),
    "trx": (
        '<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">\n',
        _trx,
        "</TestRun>\n",
    ),
    "gotest-json": ("", _go, ""),
    "jest-json": ('{"numTotalTests":0,"testResults":[', _jest, '],"success":false}'),
    "lcov": ("", _lcov, ""),
    "cobertura": (
        '<coverage line-rate="0.5"><packages><package name="p"><classes>\n',
        _cobertura,
        "</classes></package></packages></coverage>\n",
    ),
    "jacoco": ('<report name="r"><package name="p">\n', _jacoco, "</package></report>\n"),
}
