"""The labelled logs of the corpus: what the parser keeps of each, with the marks of its lines, and the right spans."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from benchmarks.excerpts.model import Gold, Log
from ci_integrations.parsing.logs.cleaning import clean
from ci_integrations.parsing.logs.context import contexts
from ci_integrations.parsing.logs.excerpts import telling_lines
from ci_integrations.parsing.logs.layout import CUT
from ci_integrations.parsing.logs.marks import NAMES
from ci_integrations.parsing.logs.retention import Retention

# The lines that other tools surface are few, and say nothing of where a span starts and ends but that it is near.
_WEIGHTS: Final = {"logchunks": 1.0, "logdx": 1.0, "treeherder": 3.0, "pytorch": 2.0}
_NEAR: Final = 8


def logs(folder: Path) -> Iterator[Log]:
    """The logs of the corpus in `folder` of which a right span is kept."""
    for entry in json.loads((folder / "logs" / "manifest.json").read_text(encoding="utf-8")):
        if entry["kind"] in _WEIGHTS:
            log = _log(entry, _lines(folder / entry["file"]))
            if log.golds:
                yield log


def _lines(file: Path) -> list[str]:
    lines = gzip.decompress(file.read_bytes()).decode("utf-8", "replace").split("\n")
    return [clean(line.rstrip("\r")) for line in (lines if lines[-1] else lines[:-1])]


def _log(entry: Mapping[str, Any], texts: Sequence[str]) -> Log:
    kept = Retention()
    kept.feed(texts)
    lines = telling_lines(kept.lines())
    numbers = [line.number for line in lines]
    edges = [0, *(place for place, line in enumerate(lines) if place and line.gap == CUT), len(lines)]
    pieces = [range(start, stop) for start, stop in pairwise(edges)]
    size = (len(NAMES) + 7) // 8
    marks = [bits.to_bytes(size, "little") for bits in contexts(lines, len(texts))]
    golds = [gold for piece in pieces for gold in _golds(entry["expected"], numbers, piece)]
    group = entry["group"] if entry["kind"] == "pytorch" else entry["repo"]
    return Log(group, marks, pieces, golds, _WEIGHTS[entry["kind"]])


def _golds(expected: Mapping[str, Any], numbers: Sequence[int], piece: range) -> Iterator[Gold]:
    for first, last in expected.get("chunk_spans") or expected.get("evidence_spans") or ():
        places = [place for place in piece if first <= numbers[place] <= last]
        if places:
            yield Gold(range(places[0], places[0] + 1), range(places[-1], places[-1] + 1))
    for number in expected.get("error_lines") or expected.get("match_lines") or ():
        for place in piece:
            if numbers[place] == number:
                yield Gold(
                    range(max(piece.start, place - _NEAR), place + 1), range(place, min(piece.stop, place + _NEAR + 1))
                )
