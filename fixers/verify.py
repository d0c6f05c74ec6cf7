"""What stands between a change and a push: seen to fail, a small and harmless diff, seen to pass."""

from pathlib import Path, PurePosixPath
from typing import Final

from fixers.outcome import AttemptState, Ended, rejected
from fixers.sandbox import Result, Sandbox
from fixers.strategies.base import CHECK_SECONDS, Check, Plan
from fixers.workspace import MAX_FILES, Patch

MAX_BYTES: Final = 200_000
_PLAIN_MODES: Final = frozenset({"000000", "100644", "100755"})
# What decides how and whether CI runs, and what is installed: for people only.
_PROTECTED_NAMES: Final = frozenset(
    {
        "jenkinsfile",
        "azure-pipelines.yml",
        "bitbucket-pipelines.yml",
        "appveyor.yml",
        "codeowners",
        "cargo.lock",
        "composer.lock",
        "gemfile.lock",
        "go.sum",
        "npm-shrinkwrap.json",
        "package-lock.json",
        "pdm.lock",
        "pipfile.lock",
        "pnpm-lock.yaml",
        "poetry.lock",
        "uv.lock",
        "yarn.lock",
    }
)
# With these in a directory that is imported from, Python and pytest load what they name.
_INSTALLING: Final = (".pth", ".dist-info", ".egg-info", ".egg-link")


def see_failure(plan: Plan, tree: Path, sandbox: Sandbox) -> Check:
    """Run the checks in an untouched tree; gives the first that fails.

    Raises Ended (not reproduced) where none does, or where one does not work here.
    """
    failing: Check | None = None
    for check in plan.checks:
        result = _run(check, tree, sandbox)
        if result.timed_out or (result.exit_code and result.exit_code not in check.fails_with):
            raise Ended(AttemptState.NOT_REPRODUCED, f"{_name(check)} does not work here: {describe(result)}")
        if result.exit_code and failing is None:
            failing = check
    if failing is None:
        commands = " and ".join(_name(check) for check in plan.checks)
        raise Ended(AttemptState.NOT_REPRODUCED, f"{commands} passes on a clone of the commit that failed in CI")
    return failing


def check_patch(patch: Patch, plan: Plan) -> None:
    """Refuse what must not be pushed unseen. Raises Ended: no change, or rejected naming path or limit."""
    if not patch.files:
        raise Ended(AttemptState.NO_CHANGE, "the fixer changed nothing")
    if len(patch.files) > MAX_FILES:
        raise rejected(f"the change touches {len(patch.files)} files, the limit is {MAX_FILES}")
    size = len(patch.diff.encode())
    if size > MAX_BYTES:
        raise rejected(f"the change is {size} bytes long, the limit is {MAX_BYTES}")
    for path, mode in patch.files:
        if is_protected(path, plan):
            raise rejected(f"the change touches {path}, which is for people to change")
        if mode not in _PLAIN_MODES:
            raise rejected(f"the change makes {path} a link or a submodule")
        if path in patch.added and _shadows(path, plan):
            raise rejected(f"the change adds {path}, which would be imported in place of an installed module")


def is_protected(path: str, plan: Plan) -> bool:
    """Names that begin with a dot (CI's own among them), CI configuration, lock files, what Python takes for an
    installed package's own data, and what the plan names.
    """
    parts = PurePosixPath(path).parts
    name = parts[-1].lower()
    hidden = any(part.startswith(".") for part in parts)
    installs = any(part.lower().endswith(_INSTALLING) for part in parts)
    return hidden or installs or name in _PROTECTED_NAMES or path in plan.protected or name in plan.protected


def _shadows(path: str, plan: Plan) -> bool:
    for root in plan.import_roots:
        place, top = PurePosixPath(path), PurePosixPath(root)
        if place.is_relative_to(top) and place.relative_to(top).parts[0].partition(".")[0] in plan.reserved:
            return True
    return False


def see_success(plan: Plan, tree: Path, sandbox: Sandbox) -> None:
    """Run the checks on the changed tree. Raises Ended (rejected) with the output where one fails."""
    for check in plan.checks:
        result = _run(check, tree, sandbox)
        if result.exit_code or result.timed_out:
            raise rejected(f"{_name(check)} still fails with the change: {describe(result)}")


def describe(result: Result) -> str:
    """How a program ended, with the last lines of its output."""
    how = "it took too long" if result.timed_out else f"exit code {result.exit_code}"
    return f"{how}\n{result.tail()}"


def _run(check: Check, tree: Path, sandbox: Sandbox) -> Result:
    return sandbox.run(check.argv, cwd=tree, seconds=CHECK_SECONDS)


def _name(check: Check) -> str:
    return f"`{' '.join(check.argv)}`"
