"""An attempt from clone to push, in this process, with a real remote and the real ruff."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from ci_integrations.domain import State
from ci_integrations.models import Action, Connection, Repository, Run, TestResult
from ci_integrations.models.action import ActionKind
from fixers import services, work
from fixers.models import AttemptState, FixAttempt, FixPolicy
from tests.fakes.memory import MemoryServer
from tests.fixers.conftest import FORMAT_FINDING, PRETTY, PYPROJECT, UGLY, GitRepo, git, make_run

pytestmark = pytest.mark.usefixtures("no_leftovers")

SHOP_TEST = "from shop import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"
WRONG = "def add(a, b):\n    return a - b\n"
RIGHT = "def add(a, b):\n    return a + b\n"


def work_on(run: Run) -> FixAttempt:
    services.triage(run.pk)
    attempt = FixAttempt.objects.get()
    assert work.work_on(attempt.pk) == 0
    attempt.refresh_from_db()
    return attempt


def agent(script: str) -> str:
    return shlex.join([sys.executable, "-c", script, "{prompt_file}"])


@pytest.fixture
def broken_run(repository: Repository, repo: GitRepo) -> Run:
    """The second run of a commit with a real bug; the first failed in the same way."""
    sha = repo.commit({"shop.py": WRONG, "tests/test_shop.py": SHOP_TEST})
    first = make_run(repository, commit_sha=sha, failed=("test_add",))
    return make_run(repository, commit_sha=sha, failed=("test_add",), retry_of=first)


def test_a_formatting_failure_is_fixed_pushed_and_run(ugly_run: Run, repo: GitRepo) -> None:
    attempt = work_on(ugly_run)
    assert attempt.state == AttemptState.WATCHING
    assert attempt.branch == f"orchestrate/fix/{ugly_run.pk}-1"
    assert repo.heads() == {"main": ugly_run.commit_sha, attempt.branch: attempt.commit_sha}
    assert repo.show(f"{attempt.branch}:shop.py") == PRETTY.rstrip()
    assert git("diff", "--name-only", "main", attempt.branch, cwd=repo.remote) == "shop.py"
    assert f"Orchestrate-Fix-Attempt: {attempt.pk}" in repo.show(attempt.branch)
    assert attempt.command[:3] == ["ruff", "format", "--check"]
    assert "+    return a + b" in attempt.diff
    trigger = Action.objects.get()
    assert (trigger.kind, trigger.idempotency_key, attempt.trigger) == (
        ActionKind.TRIGGER,
        f"trigger:fix:{attempt.pk}",
        trigger,
    )
    assert trigger.request == {
        "workflow": "ci",
        "branch": attempt.branch,
        "commit_sha": attempt.commit_sha,
        "inputs": {},
    }
    kinds = list(attempt.events.values_list("kind", flat=True))
    assert kinds == ["attempt", "fixing", "reproduced", "verifying", "publishing", "watching"]


def test_working_again_on_a_pushed_attempt_does_nothing(ugly_run: Run, repo: GitRepo) -> None:
    attempt = work_on(ugly_run)
    work.work_on(attempt.pk)
    assert (len(repo.heads()), Action.objects.count()) == (2, 1)


def test_what_passes_on_a_clone_is_not_reproduced(repository: Repository, repo: GitRepo) -> None:
    sha = repo.commit({"pyproject.toml": PYPROJECT, "shop.py": PRETTY})
    attempt = work_on(make_run(repository, commit_sha=sha, findings=(FORMAT_FINDING,)))
    assert attempt.state == AttemptState.NOT_REPRODUCED
    assert "passes on a clone of the commit that failed" in attempt.triage.report
    assert repo.heads() == {"main": sha}


def test_what_the_tool_cannot_mend_is_no_change(repository: Repository, repo: GitRepo) -> None:
    sha = repo.commit({"pyproject.toml": PYPROJECT, "shop.py": "x = undefined_name\n"})
    run = make_run(repository, commit_sha=sha, findings=(("lint", "ruff", "F821 Undefined name"),))
    attempt = work_on(run)
    assert (attempt.state, attempt.reason) == (AttemptState.NO_CHANGE, "the fixer changed nothing")
    assert repo.heads() == {"main": sha}


def test_what_is_mended_in_part_is_rejected_with_the_rest(repository: Repository, repo: GitRepo) -> None:
    sha = repo.commit({"pyproject.toml": PYPROJECT, "shop.py": "import os\n\nx = undefined_name\n"})
    run = make_run(repository, commit_sha=sha, findings=(("lint", "ruff", "F401 unused"),))
    attempt = work_on(run)
    assert attempt.state == AttemptState.REJECTED
    assert "still fails with the change" in attempt.reason
    assert "F821" in attempt.reason
    assert repo.heads() == {"main": sha}


def test_a_tool_without_configuration_is_not_run(repository: Repository, repo: GitRepo) -> None:
    sha = repo.commit({"shop.py": UGLY})
    attempt = work_on(make_run(repository, commit_sha=sha, findings=(FORMAT_FINDING,)))
    assert attempt.state == AttemptState.REJECTED
    assert "does not configure" in attempt.reason


def test_a_protected_path_is_not_touched(repository: Repository, repo: GitRepo) -> None:
    sha = repo.commit({"pyproject.toml": PYPROJECT, "tools/.hidden/x.py": UGLY, "shop.py": UGLY})
    toml = PYPROJECT + 'include = ["**/*.py", "tools/.hidden/*.py"]\n'
    sha = repo.commit({"pyproject.toml": toml})
    attempt = work_on(make_run(repository, commit_sha=sha, findings=(FORMAT_FINDING,)))
    assert attempt.state == AttemptState.REJECTED
    assert "tools/.hidden/x.py" in attempt.reason


def test_a_rewritten_branch_supersedes_the_attempt(ugly_run: Run, repo: GitRepo) -> None:
    git("reset", "--quiet", "--hard", "HEAD^", cwd=repo.clone)
    other = repo.commit({"shop.py": "x = 1\n"})
    attempt = work_on(ugly_run)
    assert attempt.state == AttemptState.REJECTED
    assert attempt.reason.startswith("superseded: main moved to")
    assert repo.heads() == {"main": other}
    assert not Action.objects.exists()


def test_a_commit_that_is_gone_fails_with_git_s_words(repository: Repository, repo: GitRepo) -> None:
    repo.commit({"a": "1"})
    attempt = work_on(make_run(repository, commit_sha="d" * 40, findings=(FORMAT_FINDING,)))
    assert attempt.state == AttemptState.FAILED
    assert "dddddddddddd is not in" in attempt.reason


def test_a_remote_that_is_silent_is_asked_again_later(repository: Repository) -> None:
    Repository.objects.update(clone_url="https://127.0.0.1:1/shop.git")
    services.triage(make_run(repository, findings=(FORMAT_FINDING,)).pk)
    attempt = FixAttempt.objects.get()
    assert work.work_on(attempt.pk) == work.TEMPORARY
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.FIXING
    assert "git fetch failed" in attempt.reason


def test_a_variable_in_the_address_that_is_not_set_is_named(repository: Repository) -> None:
    Repository.objects.update(clone_url="https://ada:${NO_SUCH_TOKEN}@example.org/shop.git")
    attempt = work_on(make_run(repository, findings=(FORMAT_FINDING,)))
    assert attempt.state == AttemptState.FAILED
    assert "NO_SUCH_TOKEN is not set" in attempt.reason


def test_a_server_that_cannot_be_triggered_may_start_ci_by_itself(
    ugly_run: Run, server: MemoryServer, repo: GitRepo
) -> None:
    server.capabilities = server.capabilities.__class__(0)
    attempt = work_on(ugly_run)
    assert (attempt.state, attempt.trigger) == (AttemptState.WATCHING, None)
    assert len(repo.heads()) == 2


def test_fix_branches_go_where_the_policy_says(ugly_run: Run, repo: GitRepo, tmp_path: Path) -> None:
    fork = tmp_path / "fork.git"
    git("clone", "--quiet", "--bare", str(repo.remote), str(fork), cwd=tmp_path)
    FixPolicy.objects.create(repository=ugly_run.repository, push_url=str(fork))
    attempt = work_on(ugly_run)
    assert list(repo.heads()) == ["main"]
    assert attempt.branch in GitRepo(fork, repo.clone).heads()


def test_an_agent_mends_a_real_bug(broken_run: Run, repo: GitRepo) -> None:
    script = f"""
import sys
assert "test_add" in open(sys.argv[1]).read()
open("shop.py", "w").write({RIGHT!r})
"""
    FixPolicy.objects.create(repository=broken_run.repository, agent_command=agent(script))
    attempt = work_on(broken_run)
    assert attempt.state == AttemptState.WATCHING, attempt.reason
    assert attempt.command[-1] == "tests/test_shop.py::test_add"
    assert repo.show(f"{attempt.branch}:shop.py") == RIGHT.rstrip()


@pytest.mark.parametrize(
    ("script", "state", "says"),
    [
        ("pass", AttemptState.NO_CHANGE, "changed nothing"),
        ("open('shop.py', 'a').write('# thought about it\\n')", AttemptState.REJECTED, "still fails"),
        ("open('tests/test_shop.py', 'w').write('def test_add(): pass\\n')", AttemptState.REJECTED, "test_shop.py"),
        ("open('conftest.py', 'w').write('collect_ignore = []')", AttemptState.REJECTED, "conftest.py"),
        ("import time; time.sleep(60)", AttemptState.FAILED, "still at work after 2 s"),
    ],
)
def test_an_agent_is_judged_by_its_change_alone(
    broken_run: Run, repo: GitRepo, script: str, state: AttemptState, says: str
) -> None:
    FixPolicy.objects.create(repository=broken_run.repository, agent_command=agent(script), agent_seconds=2)
    attempt = work_on(broken_run)
    assert attempt.state == state
    assert says in attempt.reason
    assert list(repo.heads()) == ["main"]
    assert says in attempt.triage.report


def test_a_state_the_process_has_nothing_to_do_in(ugly_run: Run) -> None:
    services.triage(ugly_run.pk)
    FixAttempt.objects.update(state=AttemptState.FIXED)
    assert work.work_on(FixAttempt.objects.get().pk) == 0
    assert FixAttempt.objects.get().state == AttemptState.FIXED
    assert State(ugly_run.state).is_failed


@pytest.mark.parametrize("name", ["pytest.py", "random.py", "tests/pytest.py", "evil.egg-info/entry_points.txt"])
def test_an_agent_cannot_put_something_in_the_place_of_pytest(broken_run: Run, repo: GitRepo, name: str) -> None:
    script = f"import os; os.makedirs({os.path.dirname(name) or '.'!r}, exist_ok=True); "  # noqa: PTH120
    script += f"open({name!r}, 'w').write('raise SystemExit(0)')"
    FixPolicy.objects.create(repository=broken_run.repository, agent_command=agent(script))
    attempt = work_on(broken_run)
    assert (attempt.state, name in attempt.reason) == (AttemptState.REJECTED, True), attempt.reason
    assert list(repo.heads()) == ["main"]


def test_pytest_is_imported_before_anything_of_the_tree(repository: Repository, repo: GitRepo) -> None:
    # In the repository already, so nothing that a fix adds: the check itself must not fall for it.
    sha = repo.commit({"shop.py": WRONG, "tests/test_shop.py": SHOP_TEST, "pytest.py": "raise SystemExit(0)\n"})
    first = make_run(repository, commit_sha=sha, failed=("test_add",))
    run = make_run(repository, commit_sha=sha, failed=("test_add",), retry_of=first)
    FixPolicy.objects.create(repository=repository, agent_command=agent(f"open('shop.py', 'w').write({RIGHT!r})"))
    attempt = work_on(run)
    assert attempt.state == AttemptState.WATCHING, attempt.reason


def test_a_check_cannot_plant_a_change(repository: Repository, repo: GitRepo, tmp_path: Path) -> None:
    plant = f"import pathlib\nfor file in pathlib.Path({str(tmp_path / 'temporary')!r}).rglob('shop.py'):\n"
    plant += f"    file.write_text({RIGHT!r})\n"
    sha = repo.commit({"shop.py": WRONG, "tests/test_shop.py": f"from shop import add\n{plant}{SHOP_TEST}"})
    first = make_run(repository, commit_sha=sha, failed=("test_add",))
    run = make_run(repository, commit_sha=sha, failed=("test_add",), retry_of=first)
    FixPolicy.objects.create(repository=repository, agent_command=agent("pass"))
    assert work_on(run).state == AttemptState.NO_CHANGE
    assert list(repo.heads()) == ["main"]


def test_what_a_link_points_to_is_not_changed(repository: Repository, repo: GitRepo, tmp_path: Path) -> None:
    outside = tmp_path / "installed.py"
    outside.write_text(UGLY)
    (repo.clone / "helper.py").symlink_to(outside)
    toml = '[tool.ruff]\nexclude = ["helper.py"]\nforce-exclude = false\n'
    sha = repo.commit({"pyproject.toml": toml, "shop.py": UGLY})
    work_on(make_run(repository, commit_sha=sha, findings=(FORMAT_FINDING,)))
    other = repo.commit({"pyproject.toml": PYPROJECT})
    services.triage(make_run(repository, commit_sha=other, findings=(FORMAT_FINDING,)).pk)
    work.work_on(FixAttempt.objects.latest("pk").pk)
    assert outside.read_text() == UGLY


def test_what_was_pushed_is_known_even_where_ci_cannot_be_asked(ugly_run: Run, repo: GitRepo) -> None:
    services.triage(ugly_run.pk)
    Connection.objects.update(config={"server": "gone"})
    attempt = FixAttempt.objects.get()
    assert work.work_on(attempt.pk) == 0
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.FAILED
    assert repo.heads()[attempt.branch] == attempt.commit_sha
    assert (
        f"pushed {attempt.commit_sha[:12]} to {attempt.branch}, but no pull request could be opened: " in attempt.reason
    )


def test_our_secrets_are_in_nothing_that_is_stored(
    broken_run: Run, repo: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUSH_TOKEN", "canary-push")
    connection = broken_run.repository.connection
    connection.config = {**connection.config, "token": "canary-connection"}
    connection.save()
    says = "raise RuntimeError('canary-push canary-connection')"
    FixPolicy.objects.create(
        repository=broken_run.repository,
        agent_command=agent(f"open('shop.py', 'a').write({says!r}); {says}"),
        push_url="https://bot:${PUSH_TOKEN}@git.example.org/shop.git",
    )
    TestResult.objects.update(message="canary-push")
    services.triage(broken_run.pk)
    attempt = FixAttempt.objects.get()
    work.work_on(attempt.pk)
    attempt.refresh_from_db()
    stored = [attempt.reason, attempt.triage.report, *attempt.events.values_list("text", flat=True)]
    assert attempt.state == AttemptState.REJECTED
    assert "*** ***" in attempt.reason
    assert "canary" not in "".join(stored)
