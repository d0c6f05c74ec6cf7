"""Whether a request is one that CircleCI's official description allows."""

from collections.abc import Iterable
from typing import Any, Final

from tests.fakes.http import Seen
from tests.fakes.openapi import Referee

# There is no description of version 3. Files are not part of the API.
NOT_DESCRIBED: Final = ("/api/v3/", "/api/output/")


def _mend(content: dict[str, Any]) -> None:
    """Take out what openapi-core stumbles over, and what no request is judged by."""
    for path in content["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict):
                # Versions 1.1 and 2 are merged in it: some of their operations have the same name.
                operation.pop("operationId", None)
                for parameter in operation.get("parameters", ()):
                    # It warns that this is deprecated.
                    parameter.pop("allowEmptyValue", None)


_REFEREE: Final = Referee("circleci.json", "http://circleci", NOT_DESCRIBED, _mend)


def problems(seen: Iterable[Seen]) -> list[str]:
    """What is wrong with requests, in words; each kind of request once."""
    return _REFEREE.problems(seen)
