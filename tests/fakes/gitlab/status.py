"""The status that jobs make together, as GitLab finds it.

https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/gitlab/ci/status/composite.rb
"""

from collections.abc import Iterable
from typing import Final

COMPLETED: Final = frozenset({"success", "failed", "canceled", "skipped"})
ACTIVE: Final = frozenset({"waiting_for_resource", "waiting_for_callback", "preparing", "pending", "running"})
_WARNED: Final = frozenset({"failed", "canceled"})
_BLANK: Final = frozenset({"warned", "ignored"})
# In this order: the first whose statuses hold every job's, then the first that is among them.
_ONLY: Final = (
    ("skipped", {"skipped", "ignored"}),
    ("success", {"success", "skipped"} | _BLANK),
    ("created", {"created"} | _BLANK),
    ("preparing", {"preparing"} | _BLANK),
    ("canceled", {"canceled", "success", "skipped"} | _BLANK),
    ("pending", {"pending", "created", "skipped"} | _BLANK),
)
_ANY: Final = (
    ("running", {"running", "pending"}),
    ("waiting_for_resource", {"waiting_for_resource"}),
    ("waiting_for_callback", {"waiting_for_callback"}),
    ("manual", {"manual"}),
    ("scheduled", {"scheduled"}),
    ("preparing", {"preparing"}),
    ("running", {"created"}),
    ("canceling", {"canceling"}),
)
_WORDS: Final = {"success": "passed", "success-with-warnings": "passed with warnings", "manual": "blocked"}


def is_completed(status: str) -> bool:
    """Whether nothing more happens."""
    return status in COMPLETED


def composite(jobs: Iterable[tuple[str, bool]]) -> str:
    """The common status of jobs, each with whether it may fail; "" of none."""
    found = {_read(status, allow_failure) for status, allow_failure in jobs}
    if not found:
        return ""
    for status, allowed in _ONLY:
        if found <= allowed:
            return status
    for status, wanted in _ANY:
        if found & wanted:
            return status
    return "failed"


def _read(status: str, allow_failure: bool) -> str:
    if allow_failure and status in _WARNED:
        return "warned"
    if allow_failure and status == "manual":
        return "ignored"
    return status


def detailed(status: str, *, has_warnings: bool) -> str:
    """The words of `detailed_status`."""
    return _WORDS.get("success-with-warnings" if has_warnings and status == "success" else status, status)
