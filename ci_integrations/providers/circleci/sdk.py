"""The client library of v1.1, sending what it asks for through the bounded transport.

v1.1 alone tells where the output of a job's steps lies; everything else is asked of the newer APIs.
"""

from collections.abc import Callable
from typing import Any, NoReturn

from circleci.api import Api

from ci_integrations.errors import NotSupported


class LegacyApi(Api):  # type: ignore[misc]  # the library has no types
    """The library's methods that read. It is given no token, so nothing of it can show one."""

    def __init__(self, ask: Callable[[str], Any]) -> None:
        """`ask` is given an endpoint below /api/v1.1, and gives the JSON answer or raises ProviderError."""
        super().__init__(token="", url="")
        self._ask = ask

    def _request(self, verb: str, endpoint: str, data: object = None) -> Any:
        if verb != "GET" or data is not None:
            raise NotSupported(f"{verb} {endpoint}: v1.1 is only read here")
        return self._ask(endpoint)

    def _download(self, url: str, destdir: str | None = None, filename: str | None = None) -> NoReturn:
        raise NotSupported("the library would send the token with an artifact's address: files are streamed instead")
