"""Whether a request is one that GitHub's official description allows."""

from collections.abc import Iterable
from typing import Final

from tests.fakes.http import Seen
from tests.fakes.openapi import Referee

# Documented, and absent from the description that is at hand: it is trimmed.
# https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
# https://docs.github.com/en/rest/apps/apps#create-a-github-app-from-a-manifest
# Git speaks a protocol of its own.
NOT_DESCRIBED: Final = ("/collaborators/", "/app-manifests/", ".git/")
_REFEREE: Final = Referee("github.json", "http://github", NOT_DESCRIBED)


def problems(seen: Iterable[Seen]) -> list[str]:
    """What is wrong with requests, in words; each kind of request once."""
    return _REFEREE.problems(seen)
