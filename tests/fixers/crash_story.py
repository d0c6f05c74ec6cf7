"""One attempt with real fix processes, on a database of its own: `python -m tests.fixers.crash_story DIRECTORY`.

The directory holds a git remote, `person`, and `story.json` (commit, tool, agent command). Each start of the queue's
task is one round; a round whose supervisor is to be killed runs in a process of its own. Prints the end as JSON.
"""

import json
import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings


def main(place: Path) -> None:
    """Make the rows where there are none, run the queue, tell the end."""
    django.setup()
    from ci_integrations.domain import State
    from ci_integrations.models import Repository
    from fixers import services
    from fixers.models import FixAttempt, FixPolicy
    from tests.fixers import conftest
    from tests.queue import drain

    story: dict[str, Any] = json.loads((place / "story.json").read_text())
    if not Repository.objects.exists():
        config = {
            "trigger_url": "http://127.0.0.1:9/trigger",
            "status_url": "http://127.0.0.1:9/status/{run_id}",
            "auth": {"type": "none"},
        }
        repository = conftest.make_repository(clone_url=str(place / "remote.git"), provider="custom", config=config)
        FixPolicy.objects.create(repository=repository, agent_command=story["agent"], retry_enabled=False)
        run = conftest.make_run(
            repository,
            state=State.FAILURE,
            commit_sha=story["commit"],
            findings=() if story["agent"] else (conftest.FORMAT_FINDING,),
            failed=("test_add",) if story["agent"] else (),
        )
        services.triage(run.pk)
    if story.get("lease_is_over"):
        FixAttempt.objects.update(leased_until="2026-01-01T00:00:00Z", created_at="2026-01-01T00:00:00Z")
        services.sweep()
    settings.ORCHESTRATE_FIX_SECONDS = story.get("seconds", 600)
    settings.ORCHESTRATE_FIX_LEASE = story.get("lease", 45)
    drain(cluster="fix")
    print(json.dumps(_end()))  # noqa: T201


def _end() -> dict[str, Any]:
    from ci_integrations.models import Action
    from fixers.models import FixAttempt

    attempt = FixAttempt.objects.get()
    return {
        "state": attempt.state,
        "reason": attempt.reason,
        "starts": attempt.starts,
        "branch": attempt.branch,
        "triggers": Action.objects.count(),
        "events": list(attempt.events.values_list("kind", flat=True)),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
