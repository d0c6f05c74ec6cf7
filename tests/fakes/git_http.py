"""Git over HTTP: `git http-backend` behind a fake's server. https://git-scm.com/docs/git-http-backend"""

import os
import subprocess
from pathlib import Path

from tests.fakes.http import Reply, Seen


def serve(git_dir: Path | None, seen: Seen, rest: str) -> Reply:
    """Answer one request of a git client below the repository's address."""
    assert git_dir is not None
    query = "&".join(f"{name}={value}" for name, value in seen.query.items())
    env = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": f"{git_dir}",
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "REMOTE_USER": seen.identity,
        "PATH_INFO": rest,
        "QUERY_STRING": query,
        "REQUEST_METHOD": seen.method,
        "CONTENT_TYPE": seen.headers.get("content-type", ""),
        "CONTENT_LENGTH": f"{len(seen.body)}",
        "HTTP_CONTENT_ENCODING": seen.headers.get("content-encoding", ""),
        "HTTP_GIT_PROTOCOL": seen.headers.get("git-protocol", ""),
    }
    done = subprocess.run(["git", "http-backend"], input=seen.body, env=env, capture_output=True, check=False)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    status = int(headers.pop("Status", "200").split()[0])
    return Reply(status, headers=headers, raw=body)


def heads(git_dir: Path | None) -> dict[str, str]:
    """The branches with their commits."""
    command = [
        "git",
        "--git-dir",
        f"{git_dir}",
        "for-each-ref",
        "--format=%(refname:short) %(objectname)",
        "refs/heads",
    ]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(line.split() for line in listed.splitlines())
