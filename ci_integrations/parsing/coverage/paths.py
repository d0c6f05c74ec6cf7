"""Reports name files in their own ways: below a source root, from the root of the repository, or of the machine."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from os.path import commonprefix

from ci_integrations.parsing.coverage.model import Coverage


def plain(path: str) -> str:
    """A path with `/` between its parts, and without `./` at its begin."""
    return path.replace("\\", "/").removeprefix("./")


def aligned(parts: Sequence[Coverage]) -> list[Coverage]:
    """The reports as they are, but those of one tree of files name each file in the shortest way that one of them does.

    Two are of one tree where each names exactly the files of the other, below a folder whose path ends in that of the
    other's, and of no file do both tell lines of which the other knows nothing. A bare name is too little to go by.
    Where several trees may be meant (a monorepo has many `src/index.js`) none is taken for another.
    """
    trees: dict[frozenset[str], dict[str, Coverage]] = defaultdict(dict)
    split = [_split(part) for part in parts]
    for part, (folder, below) in zip(parts, split, strict=True):
        trees[below].setdefault(folder, part)
    shortest = {below: min(folders, key=len) for below, folders in trees.items() if _is_one(below, folders)}
    return [
        _moved(part, folder, shortest.get(below, folder)) for part, (folder, below) in zip(parts, split, strict=True)
    ]


def _split(part: Coverage) -> tuple[str, frozenset[str]]:
    """The folder of all its files, with a `/` at its end, and their paths below it."""
    paths = [plain(file.path) for file in part.files]
    folder = "".join(commonprefix(paths).rpartition("/")[:2])  # noqa: RUF071  # cut to whole parts
    return folder, frozenset(path[len(folder) :] for path in paths)


def _is_one(below: frozenset[str], folders: Mapping[str, Coverage]) -> bool:
    """Whether all these reports of files of the same names tell of one tree."""
    by_length = sorted(folders, key=len)
    is_bare = not by_length[0] and not any("/" in path for path in below)
    is_chain = all(f"/{longer}".endswith(f"/{shorter}") for shorter, longer in pairwise(by_length))
    if len(folders) == 1 or is_bare or not is_chain:
        return False
    first, *others = (_lines(folders[folder], folder) for folder in by_length)
    return all(_agree(first[path], other[path]) for other in others for path in below)


def _lines(part: Coverage, folder: str) -> dict[str, frozenset[int]]:
    return {plain(file.path)[len(folder) :]: frozenset(file.lines) for file in part.files}


def _agree(one: frozenset[int], other: frozenset[int]) -> bool:
    return one <= other or other <= one


def _moved(part: Coverage, folder: str, to: str) -> Coverage:
    if folder == to:
        return part
    return replace(part, files=tuple(replace(file, path=to + plain(file.path)[len(folder) :]) for file in part.files))
