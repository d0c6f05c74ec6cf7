"""Conditional requests: Rails answers GETs with a weak ETag."""

import hashlib

from tests.fakes.http import Reply, Seen


def conditional(seen: Seen, reply: Reply) -> Reply:
    """The answer with its ETag, or that nothing has changed."""
    if seen.method != "GET" or reply.status != 200:
        return reply
    etag = f'W/"{hashlib.sha256(reply.body).hexdigest()[:32]}"'
    if seen.headers.get("if-none-match") == etag:
        return Reply(304, headers={"ETag": etag})
    return Reply(200, reply.content, {**reply.headers, "ETag": etag}, raw=reply.raw)
