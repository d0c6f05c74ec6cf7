"""Of which change a run's coverage is: the commit that it goes out from, and which of its lines no test ran."""

from collections.abc import Iterator
from typing import Final

from ci_integrations.domain import Comparison
from ci_integrations.models import CoverageReport, Run
from ci_integrations.parsing.coverage import Coverage, Patch, patch
from ci_integrations.parsing.masking import Masker
from ci_integrations.parsing.texts import storable
from ci_integrations.services.fitting import fitting, whole
from ci_integrations.wiring import code_of, secrets_of

# Numbers of lines that are kept of one change; all of them are counted.
MOST_MISSED: Final = 5000
NAMED_FILES: Final = 5


def store_change(run: Run, coverage: Coverage) -> None:
    """Store beside a run's coverage what it says of the pull request whose head the run's commit is.

    Nothing is stored where the code's home is not known, or there is no open one. Raises ProviderError, ConfigError.
    """
    row = CoverageReport.objects.filter(run=run, job=None).first()
    code = code_of(run.repository)
    if row is None or code is None or not run.commit_sha:
        return
    change = next(iter(code.host.find_changes(code.repo, run.commit_sha)), None)
    if change is None:
        return
    found = code.host.compare(code.repo, base=change.base_branch, head=run.commit_sha)
    masker = Masker(secrets_of(run.repository.connection))
    measured = patch(coverage, found.changed)
    row.patch_covered, row.patch_total = whole(measured.lines.covered), whole(measured.lines.total)
    row.patch_missed = _missed(measured, masker)
    note = masker.text("; ".join([*filter(None, [row.note]), *_gaps(found, coverage)]))
    texts = fitting(CoverageReport, base_sha=found.merge_base, note=note)
    row.base_sha, row.note = texts["base_sha"], texts["note"]
    row.save()


def _missed(measured: Patch, masker: Masker) -> dict[str, list[int]]:
    """By path, the lines of a change that no test ran."""
    room, missed = MOST_MISSED, {}
    for file in measured.files:
        if numbers := list(file.missed[:room]):
            missed[storable(masker.text(file.path))] = numbers
            room -= len(numbers)
    return missed


def _gaps(found: Comparison, coverage: Coverage) -> Iterator[str]:
    """What of a change cannot be judged, in words. Files of which the coverage tells no lines are no gap."""
    if not found.is_complete:
        yield "the code host lists only a part of the changed files"
    untold = [file.path for file in patch(coverage, dict.fromkeys(found.untold, ())).files]
    if untold:
        more = f" and {len(untold) - NAMED_FILES} more" if len(untold) > NAMED_FILES else ""
        yield f"the code host does not give the changed lines of {', '.join(untold[:NAMED_FILES])}{more}"
