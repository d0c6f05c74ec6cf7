"""Issues of compilers and type checkers in logs of which the places are known.

The labels are texts, `src/cache.ts:2`; the corpus' own scorer takes them for pairs, so its figure is always 0.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

Places = set[tuple[str, int]]


def score(corpus: Path, command: Sequence[str]) -> Mapping[str, float]:
    """The F1 of what `command` answers for those logs, over all places, by the name of the file and the line."""
    manifest = json.loads((corpus / "paired" / "manifest.json").read_text(encoding="utf-8"))
    labelled = {f"{corpus / one['file']}": one["expected"]["issue_locations"] for one in manifest if _is_labelled(one)}
    done = subprocess.run(command, input="\n".join(labelled), stdout=subprocess.PIPE, text=True, check=True)
    answers = {answer["file"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    pairs = [(_labels(labels), _answered(answers.get(file, {}))) for file, labels in labelled.items()]
    return {"paired.places.f1": f1(pairs), "paired.places.f1.n": float(len(pairs))}


def f1(pairs: Sequence[tuple[Places, Places]]) -> float:
    """Of (labelled, answered) places, all logs together; 1.0 where there is nothing to find and nothing was found."""
    right = sum(len(labelled & answered) for labelled, answered in pairs)
    wrong = sum(len(labelled ^ answered) for labelled, answered in pairs)
    return 2 * right / (2 * right + wrong) if right or wrong else 1.0


def _is_labelled(entry: dict[str, dict[str, object]]) -> bool:
    return bool(entry["expected"].get("issue_locations"))


def _labels(labels: Sequence[str]) -> Places:
    pairs = (label.rsplit(":", 1) for label in labels)
    return {(Path(path).name, int(line)) for path, line in pairs}


def _answered(answer: Mapping[str, Sequence[Mapping[str, object]]]) -> Places:
    found = ((one["path"], one["source_line"]) for one in answer.get("findings", ()))
    return {(Path(f"{path or ''}").name, line if isinstance(line, int) else 0) for path, line in found}
