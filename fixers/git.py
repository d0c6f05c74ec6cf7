"""Git, called so that nothing in a repository or on the machine can make it run anything else."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ci_integrations.errors import ConfigError, Invalid, OrchestrateError, Unavailable
from ci_integrations.parsing.ansi import clean_line
from ci_integrations.parsing.masking import Masker
from fixers import processes

SECONDS: Final = 300
_REFS: Final = "refs/heads/"
# See https://git-scm.com/docs/git-config: no hooks, no helpers, no background work, no settings of the machine.
_SAFE: Final = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "credential.helper=",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
)
# What git needs to reach a server, and our mark; nothing else of our environment is handed on.
_HANDED_ON: Final = (
    processes.MARK,
    "SSH_AUTH_SOCK",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
)
_NETWORK: Final = ("could not resolve", "connection", "timed out", "early eof", "unable to access", "hung up")


class GitFailed(OrchestrateError):
    """A git command that did not do what was asked; the text holds its own words, without secrets."""


@dataclass(frozen=True, slots=True)
class Remote:
    """The address of a repository. What is secret in it reaches git by environment, never by arguments.

    Raises ConfigError for an address that is not a path, https or ssh. `place` says where it was configured.
    """

    url: str = field(repr=False)
    place: str = "clone_url"

    def __post_init__(self) -> None:
        bad = not self.url or self.url.startswith("-") or not self.url.isprintable()
        scheme = self.url.partition("://")[0] if "://" in self.url else "file"
        if bad or "::" in self.url.partition("/")[0] or scheme not in {"file", "https", "ssh"}:
            raise ConfigError(f"not an address to clone from: {self.name}; use https, ssh or a path", place=self.place)

    @property
    def name(self) -> str:
        """The address without user, password and query: what people may see, and what git gets as argument."""
        if not self.url.startswith("https://"):
            return self.url
        parts = urlsplit(self.url)
        return f"https://{parts.netloc.rpartition('@')[2]}{parts.path}"

    @property
    def environment(self) -> dict[str, str]:
        """What tells git the true address of `name`."""
        if self.name == self.url:
            return {}
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{self.url}.insteadOf",
            "GIT_CONFIG_VALUE_0": self.name,
        }

    def mask(self, text: str) -> str:
        """The text without what is secret in the address."""
        if self.name == self.url:
            return text
        user, _, password = urlsplit(self.url).netloc.rpartition("@")[0].partition(":")
        return Masker([password or user]).text(text.replace(self.url, self.name))


def run(
    *args: str,
    git_dir: Path | None = None,
    work_tree: Path | None = None,
    remote: Remote | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    ok: Sequence[int] = (0,),
) -> tuple[int, bytes]:
    """Run a git command; gives its exit code and stdout.

    Raises GitFailed for an exit code not in `ok`, Unavailable where the remote did not answer or time was up.
    """
    argv = ["git", *(word for setting in _SAFE for word in ("-c", setting)), *args]
    process = subprocess.Popen(
        argv,
        env=_environment(git_dir, work_tree, remote, env or {}),
        cwd=work_tree or git_dir or "/",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # Nobody waits for a push or fetch whose process was killed. That process has one thread, so this is safe.
        preexec_fn=partial(processes.die_with_parent, os.getpid()),
    )
    try:
        out, err = process.communicate(stdin, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        processes.end_tree(process.pid)
        process.communicate()
        raise Unavailable(f"git {args[0]} took longer than {SECONDS} s") from None
    if process.returncode not in ok:
        said = err.decode(errors="replace").strip()[-1000:]
        raise _failure(args[0], remote.mask(said) if remote else said)
    return process.returncode, out


def text(*args: str, git_dir: Path, remote: Remote | None = None) -> str:
    """Stdout of a git command without the last newline. Raises as `run`."""
    return run(*args, git_dir=git_dir, remote=remote)[1].decode(errors="replace").rstrip("\n")


def check_branch(name: str) -> str:
    """A branch name that git takes and that is no option. Raises Invalid for any other."""
    code = 1
    if not name.startswith("-") and name.isprintable() and len(name) <= 300:
        code, _ = run("check-ref-format", f"{_REFS}{name}", ok=(0, 1))
    if code or name in {"HEAD", "FETCH_HEAD", "@"}:
        raise Invalid(f"{name[:100]!r} is not the name of a branch")
    return name


def check_commit(sha: str) -> str:
    """A full commit id. Raises Invalid for anything else."""
    if len(sha) not in {40, 64} or not set(sha) <= set("0123456789abcdef"):
        raise Invalid(f"{sha[:100]!r} is not a full commit id")
    return sha


def remote_heads(remote: Remote, pattern: str, *, git_dir: Path) -> dict[str, str]:
    """The branches of a remote that match: name -> commit. Raises GitFailed, Unavailable."""
    listed = text("ls-remote", "--end-of-options", remote.name, f"{_REFS}{pattern}", git_dir=git_dir, remote=remote)
    pairs = (line.split("\t") for line in listed.splitlines())
    return {ref.removeprefix(_REFS): sha for sha, ref in pairs if ref.startswith(_REFS)}


def _failure(command: str, said: str) -> OrchestrateError:
    said = "\n".join(clean_line(line) for line in said.splitlines())
    lower = said.lower()
    kind = Unavailable if any(word in lower for word in _NETWORK) and "403" not in lower else GitFailed
    return kind(f"git {command} failed: {said or 'it said nothing'}")


def _environment(
    git_dir: Path | None, work_tree: Path | None, remote: Remote | None, env: Mapping[str, str]
) -> dict[str, str]:
    made = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    made |= {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C",
        "HOME": "/nonexistent",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "SSH_ASKPASS": "/bin/false",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        "GIT_ALLOW_PROTOCOL": "file:https:ssh",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
    if git_dir is not None:
        made["GIT_DIR"] = str(git_dir)
    if work_tree is not None:
        made["GIT_WORK_TREE"] = str(work_tree)
    return made | (remote.environment if remote else {}) | dict(env)
