"""Project slugs: `gh/acme/shop`, `bb/acme/shop`, or the opaque `circleci/ORGANIZATION/PROJECT`.

https://circleci.com/docs/api-developers-guide/#getting-started-with-the-api
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from ci_integrations.errors import Invalid

_SHORT: Final = {"github": "gh", "bitbucket": "bb"}
_LONG: Final = {short: long for long, short in _SHORT.items()}
_SEGMENTS: Final = 3


def segments(slug: str) -> tuple[str, str, str]:
    """The three parts of a slug. Raises Invalid for a text that is none."""
    parts = slug.split("/")
    if len(parts) != _SEGMENTS or any(part in {"", ".", ".."} for part in parts):
        raise Invalid(
            f"{slug[:100]!r} is no project slug: expected gh/ORGANIZATION/REPOSITORY, or the one that begins with "
            "circleci/ and stands on the project's settings page"
        )
    return parts[0], parts[1], parts[2]


def is_opaque(slug: str) -> bool:
    """Whether it is a project of CircleCI's own kind (GitHub App, GitLab), not one named after a repository."""
    return segments(slug)[0] == "circleci"


def legacy_segments(slug: str) -> tuple[str, str, str]:
    """The parts of a slug as v1.1 spells them, each encoded for a URL."""
    vcs, organization, project = segments(slug)
    return quote(_LONG.get(vcs, vcs), safe=""), quote(organization, safe=""), quote(project, safe="")


def as_configured(slug: str, known: Iterable[str]) -> str:
    """A slug in the spelling of the configuration: webhooks write `github/acme/shop` for `gh/acme/shop`."""
    return next((one for one in known if _plain(one) == _plain(slug)), slug)


def _plain(slug: str) -> str:
    vcs, slash, rest = slug.partition("/")
    # Names of repositories ignore case, opaque ids do not.
    return slug if vcs == "circleci" else f"{_SHORT.get(vcs, vcs)}{slash}{rest.lower()}"
