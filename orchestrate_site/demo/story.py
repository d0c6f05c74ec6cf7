"""What the demo's four commits should come to, and what they came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ci_integrations import selectors
from ci_integrations.domain import State
from ci_integrations.models import Run
from fixers import selectors as fixes
from fixers.models import ENDED, AttemptState, Decision, FixAttempt
from orchestrate_site.demo.sample_files import BUG, FLAKY, FORMATTING, GREEN

BUG_TEST: Final = "test_discount_takes_a_share_of_the_price"


@dataclass(frozen=True, slots=True)
class Chapter:
    """One commit's story so far: every attempt at it, what was decided, and the fix if there was one."""

    name: str
    attempts: list[Run]
    fix: FixAttempt | None

    @property
    def last(self) -> Run:
        """The newest attempt."""
        return self.attempts[-1]

    @property
    def is_over(self) -> bool:
        """The newest attempt is answered, and nothing that was decided is still under way."""
        triage = fixes.triage_of(self.last)
        if triage is None or triage.decision == Decision.RETRY:
            return False
        return self.fix is None or self.fix.state in ENDED

    def decision(self) -> tuple[str, str]:
        """The decision that shaped the story (the newest that is not "nothing"), and all reasons in their order."""
        triages = [triage for run in self.attempts if (triage := fixes.triage_of(run)) is not None]
        shaping = [triage.decision for triage in triages if triage.decision != Decision.NOTHING]
        return (
            str(shaping[-1] if shaping else Decision.NOTHING.value),
            " Then: ".join(triage.reason for triage in triages),
        )

    def findings(self) -> list[dict[str, Any]]:
        """What was found wrong in any attempt: failed tests, else what the logs say."""
        return self._failed_tests() or self._log_findings()

    def _failed_tests(self) -> list[dict[str, Any]]:
        results = [result for run in self.attempts for result in selectors.failed_tests(run)]
        found = {
            result.case_id: {
                "test": result.case.name,
                "file": result.file,
                "line": result.line,
                "message": result.message,
            }
            for result in results
        }
        return list(found.values())

    def _log_findings(self) -> list[dict[str, Any]]:
        jobs = [job for run in self.attempts for job in selectors.jobs_failures_first(run)]
        lines = [line for job in jobs for line in job.findings.all()]
        telling = [line for line in lines if line.kind != "error"] or lines
        found = {
            (line.file, line.message): {
                "tool": line.tool,
                "file": line.file,
                "line": line.source_line,
                "message": line.message,
            }
            for line in telling
        }
        return list(found.values())

    def as_json(self) -> dict[str, Any]:
        """The story as `orchestrate demo --once --json` prints it."""
        decision, reason = self.decision()
        return {
            "name": self.name,
            "commit": self.last.commit_sha,
            "state": self.last.state,
            "decision": decision,
            "reason": reason,
            "findings": self.findings(),
            "attempts": len(self.attempts),
            "fix": self._fix_as_json(),
        }

    def _fix_as_json(self) -> dict[str, Any] | None:
        if self.fix is None:
            return None
        run = self.fix.trigger.result_run if self.fix.trigger else None
        return {
            "state": self.fix.state,
            "branch": self.fix.branch,
            "run_state": run.state if run else None,
            "reason": self.fix.reason,
        }


def read_chapter(name: str, run_id: int) -> Chapter:
    """The story of a commit as the database tells it now, from its first run."""
    attempts = selectors.attempts(selectors.get_run(run_id))
    tries = [attempt for run in attempts for attempt in fixes.attempts_of(run)]
    return Chapter(name=name, attempts=attempts, fix=tries[-1] if tries else None)


def faults(chapters: Mapping[str, Chapter]) -> list[str]:
    """What did not come out as it should have, in words; empty where all four did."""
    stories = {name: chapter.as_json() for name, chapter in chapters.items()}
    bugs = [finding for finding in stories[BUG]["findings"] if finding.get("test") == BUG_TEST]
    fix = stories[FORMATTING]["fix"] or {}
    checks = {
        GREEN: stories[GREEN]["state"] == State.SUCCESS and stories[GREEN]["decision"] == Decision.NOTHING,
        FORMATTING: fix.get("state") == AttemptState.FIXED and fix.get("run_state") == State.SUCCESS,
        FLAKY: stories[FLAKY]["state"] == State.SUCCESS and stories[FLAKY]["attempts"] == 2,
        BUG: stories[BUG]["decision"] == Decision.REPORT
        and any(bug["file"] and bug["line"] and bug["message"] for bug in bugs),
    }
    return [f"{name}: {stories[name]}" for name, as_expected in checks.items() if not as_expected]
