"""Coverage reports of every format: told apart by their content, streamed, bounded."""

from ci_integrations.parsing.coverage.compact import details, expanded, figures
from ci_integrations.parsing.coverage.compare import Change, Delta, FileChange, delta, merged
from ci_integrations.parsing.coverage.model import Block, Coverage, FileCoverage, Ratio, Totals
from ci_integrations.parsing.coverage.patch import FilePatch, Patch, patch
from ci_integrations.parsing.coverage.reading import read_coverage

__all__ = [
    "Block",
    "Change",
    "Coverage",
    "Delta",
    "FileChange",
    "FileCoverage",
    "FilePatch",
    "Patch",
    "Ratio",
    "Totals",
    "delta",
    "details",
    "expanded",
    "figures",
    "merged",
    "patch",
    "read_coverage",
]
