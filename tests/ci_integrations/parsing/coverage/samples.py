"""Small reports of every format, and reading them."""

import io
import json
from collections.abc import Iterable
from typing import Any

from ci_integrations.parsing.coverage import Coverage, read_coverage


def read(text: str | bytes) -> Coverage:
    """What a report says; it must be one."""
    found = read_or_none(text)
    assert found is not None
    return found


def read_or_none(text: str | bytes) -> Coverage | None:
    """What a file says, if it is a coverage report."""
    return read_coverage(io.BytesIO(text if isinstance(text, bytes) else text.encode()))


def pairs(coverage: Coverage) -> tuple[tuple[int, int] | None, ...]:
    """Lines, branches and statements as (covered, total)."""
    ratios = (coverage.lines, coverage.branches, coverage.statements)
    return tuple((ratio.covered, ratio.total) if ratio else None for ratio in ratios)


def lines_of(coverage: Coverage) -> dict[str, dict[int, int]]:
    """Path -> line -> hits."""
    return {file.path: dict(file.lines) for file in coverage.files}


def as_json(document: Any) -> str:
    """A JSON document."""
    return json.dumps(document)


def cobertura(*classes: tuple[str, str], root: str = 'line-rate="0.5"', before: str = "") -> str:
    """A Cobertura report of (file name, content of its class)."""
    inside = "".join(f'<class name="{name}" filename="{name}">{content}</class>' for name, content in classes)
    return (
        f'<?xml version="1.0"?>{before}<coverage {root}><packages><package name="p"><classes>{inside}</classes>'
        "</package></packages></coverage>"
    )


def cobertura_lines(*lines: str) -> str:
    """Their content: attributes of each line."""
    return f"<lines>{''.join(f'<line {line}/>' for line in lines)}</lines>"


def lcov(*files: tuple[str, Iterable[str]]) -> str:
    """A tracefile of (file name, its records)."""
    return "".join("\n".join(("TN:", f"SF:{name}", *records, "end_of_record", "")) for name, records in files)
