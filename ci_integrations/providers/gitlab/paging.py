"""python-gitlab's listings, page by page: its own iterator calls itself for each page without items, without bound."""

from collections import deque
from typing import Any, Final

import gitlab
from gitlab import GitlabList
from gitlab.exceptions import GitlabParsingError

# Pages without items that may follow each other: GitLab leaves out what cannot be seen.
MOST_EMPTY: Final = 10


class Pages(GitlabList):
    """The items of a listing; a page is asked for when it is needed.

    It ends where a page comes again, or its address does. https://docs.gitlab.com/api/rest/#pagination
    """

    def __init__(self, gl: gitlab.Gitlab, url: str, query_data: dict[str, Any], **kwargs: Any) -> None:
        self._server, self._options = gl, kwargs
        self._items: deque[Any] = deque()
        self._following, self._asked, self._body = url, {url}, b""
        self._count = 0
        self._turn(query_data)

    @property
    def current_page(self) -> int:
        """How many pages were asked for so far."""
        return self._count

    def next(self) -> dict[str, Any]:
        """The next item. Raises StopIteration, ProviderError, and GitlabError for what is no listing."""
        for _ in range(MOST_EMPTY):
            if self._items or not self._following:
                break
            self._turn({})
        if not self._items:
            raise StopIteration
        item: dict[str, Any] = self._items.popleft()
        return item

    def _turn(self, query: dict[str, Any]) -> None:
        response = self._server.http_request("get", self._following, query_data=query, **self._options)
        self._count += 1
        items = response.json()
        if not isinstance(items, list):
            raise GitlabParsingError("the listing is no list")
        following = response.links.get("next", {}).get("url", "")
        is_repeated = bool(items) and response.content == self._body
        self._items.extend([] if is_repeated else items)
        self._following = "" if is_repeated or following in self._asked else following
        self._body = response.content
        self._asked.add(following)


class PagedGitlab(gitlab.Gitlab):
    """`gitlab.Gitlab` whose listings are `Pages`."""

    def http_list(
        self,
        path: str,
        query_data: dict[str, Any] | None = None,
        *,
        iterator: bool | None = None,
        message_details: Any = None,
        **kwargs: Any,
    ) -> Pages:
        """As python-gitlab says, always page by page."""
        return Pages(self, self._build_url(path), query_data or {}, **kwargs)
