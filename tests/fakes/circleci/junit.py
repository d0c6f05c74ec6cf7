"""Test results as CircleCI reads them out of JUnit files. https://circleci.com/docs/guides/test/collect-test-data/"""

from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError, parse


def results(place: Path) -> list[dict[str, Any]]:
    """The results in a file, or in all files below a directory. A file that cannot be read tells of none."""
    files = sorted(place.rglob("*.xml")) if place.is_dir() else [place]
    return [_result(case) for file in files for case in _cases(file)]


def _cases(file: Path) -> list[Element]:
    try:
        return list(parse(file).getroot().iter("testcase"))  # noqa: S314  # written by the tests' own jobs
    except (OSError, ParseError):
        return []


def _result(case: Element) -> dict[str, Any]:
    failure = next((found for tag in ("failure", "error") if (found := case.find(tag)) is not None), None)
    skipped = case.find("skipped")
    told = failure if failure is not None else skipped
    words = [] if told is None else [told.get("message", ""), (told.text or "").strip()]
    return {
        "name": case.get("name", ""),
        "classname": case.get("classname", ""),
        "file": case.get("file"),
        "result": "failure" if failure is not None else "skipped" if skipped is not None else "success",
        "message": "\n".join(word for word in words if word),
        "run_time": float(case.get("time") or 0),
        "source": "unknown",
    }
