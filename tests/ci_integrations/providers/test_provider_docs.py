"""docs/gitlab.md and docs/circleci.md know every key, every variable and every state."""

import re
from collections.abc import Collection

import pytest

from ci_integrations.providers.circleci import environment as circleci_environment
from ci_integrations.providers.circleci import settings as circleci_settings
from ci_integrations.providers.circleci import states as circleci_states
from ci_integrations.providers.gitlab import environment as gitlab_environment
from ci_integrations.providers.gitlab import settings as gitlab_settings
from ci_integrations.providers.gitlab import states as gitlab_states
from orchestrate_site.paths import BASE_DIR

CIRCLECI_NAMES = [
    circleci_environment.TOKEN,
    circleci_environment.OTHER_TOKEN,
    circleci_environment.SECRET,
    circleci_environment.BASE_URL,
    circleci_environment.CA_FILE,
]
CIRCLECI_STATES = [*circleci_states.PIPELINES, *circleci_states.WORKFLOWS, *circleci_states.JOBS]
GITLAB_NAMES = [gitlab_environment.TOKEN, gitlab_environment.OAUTH_TOKEN, *gitlab_environment.OPTIONAL.values()]
GITLAB_STATES = [*gitlab_states.STATUSES, *filter(None, gitlab_states.FAILURE_REASONS)]


@pytest.mark.parametrize(
    ("page", "keys", "variables", "states"),
    [
        ("gitlab", gitlab_settings.KEYS, GITLAB_NAMES, GITLAB_STATES),
        ("circleci", circleci_settings.KEYS, CIRCLECI_NAMES, CIRCLECI_STATES),
    ],
)
def test_the_page_describes_what_there_is(
    page: str, keys: Collection[str], variables: Collection[str], states: Collection[str]
) -> None:
    text = (BASE_DIR / "docs" / f"{page}.md").read_text(encoding="utf-8")
    table = text.partition("| key of `config` | what | default |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == set(keys)
    told = set(re.findall(r"`([\w-]+)`", text))
    assert {*variables, *states} - told == set()


def test_every_provider_has_its_page_and_its_row() -> None:
    text = (BASE_DIR / "docs" / "providers.md").read_text(encoding="utf-8")
    rows = text.partition("### What a workflow is")[2].partition("\n### ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)) == {"github", "gitlab", "circleci", "custom"}
