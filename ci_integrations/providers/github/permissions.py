"""What we need to be allowed at GitHub, and why: for the manifest, the documentation and the check.

https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
"""

from typing import Final

# Permission -> level, why.
PERMISSIONS: Final = {
    "actions": ("write", "read runs, logs and artifacts; trigger, retry and cancel"),
    "checks": ("write", "the check on a commit, and what jobs remark at lines"),
    "contents": ("write", "clone the code, compare commits, push fix branches"),
    "issues": ("write", "the comment on a pull request, and reactions to commands"),
    "metadata": ("read", "see the repositories, and who may write"),
    "pull_requests": ("write", "open pull requests with fixes"),
}
# Those that a plain token can have.
FOR_TOKENS: Final = tuple(name for name in PERMISSIONS if name != "checks")
# Event -> why. Events of installations come unasked.
EVENTS: Final = {
    "check_run": "the check's buttons",
    "check_suite": "`Re-run all checks`",
    "issue_comment": "commands in comments",
    "pull_request": "report on a pull request that is opened later, see fixes merged",
    "push": "look at a repository that was quiet",
    "repository": "follow a repository that is renamed",
    "workflow_job": "show jobs while a run goes on",
    "workflow_run": "follow runs",
}
_RANK: Final = {"": 0, "none": 0, "read": 1, "write": 2, "admin": 3}


def is_enough(granted: str, needed: str) -> bool:
    """Whether a level of a permission holds another."""
    return _RANK.get(granted, 0) >= _RANK[needed]
