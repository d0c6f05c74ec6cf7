"""The readers that are compared: each reads a file and says how many results and failures, or files, it holds."""

from collections.abc import Callable
from pathlib import Path
from typing import Final
from xml.parsers import expat

import junitparser

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.coverage import Coverage
from ci_integrations.parsing.files import read_file
from ci_integrations.parsing.reports import ReportReader
from ci_integrations.parsing.reports.values import made

Found = tuple[int, int]
_PASSED: Final = Outcome.PASSED
_OUTCOMES: Final = {"failure": Outcome.FAILED, "error": Outcome.ERROR, "skipped": Outcome.SKIPPED}
_CHUNK: Final = 65_536


def ours(path: Path) -> Found:
    """The project's own."""
    tests = failures = 0
    with path.open("rb") as stream:
        for piece in read_file(stream):
            content = piece.content
            if isinstance(content, Coverage):
                tests += len(content.files)
            elif isinstance(content, ReportReader):
                for test in content:
                    tests += 1
                    failures += test.outcome is not _PASSED
    return tests, failures


def bare_expat(path: Path) -> Found:
    """Python's XML parser with handlers that make of a plain JUnit report the results that `ours` makes, unchecked."""
    tests = failures = 0
    done: list[TestData] = []
    suite: dict[str, str] = {}
    case: dict[str, str] = {}
    outcome, message = Outcome.PASSED, ""
    words: list[str] = []
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = _CHUNK

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal suite, case, outcome, message
        if tag == "testcase":
            case, outcome, message = attributes, Outcome.PASSED, ""
        elif tag in _OUTCOMES:
            outcome, message = _OUTCOMES[tag], attributes.get("message", "")
            parser.CharacterDataHandler = words.append
        elif tag == "testsuite":
            suite = attributes

    def end(tag: str) -> None:
        if tag == "testcase":
            get = case.get
            owner = get("classname") or suite.get("name", "")
            name, time, file, line = get("name", ""), float(get("time", "0")), get("file", ""), get("line")
            done.append(made(owner, name, outcome, time, message, "".join(words), file, int(line) if line else None))
            words.clear()
        elif tag in _OUTCOMES:
            parser.CharacterDataHandler = None

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    with path.open("rb") as stream:
        while data := stream.read(_CHUNK):
            parser.Parse(data, False)
            tests += len(done)
            failures += sum(1 for one in done if one.outcome is not _PASSED)
            done.clear()
    parser.Parse(b"", True)
    return tests, failures


def tree(path: Path) -> Found:
    """https://github.com/weiwei/junitparser, which makes a tree of the whole report."""
    tests = failures = 0
    for suite in junitparser.JUnitXml.fromfile(str(path)):
        for case in suite:
            tests += 1
            failures += any(isinstance(one, junitparser.Failure | junitparser.Error) for one in case.result)
    return tests, failures


READERS: Final[dict[str, Callable[[Path], Found]]] = {"ours": ours, "expat": bare_expat, "junitparser": tree}
