"""Git, called so that nothing in a repository or on the machine can make it run anything else."""

import base64
import os
import resource
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Final, Self
from urllib.parse import quote, unquote, urlsplit

from ci_integrations.domain import AuthenticatedUrl
from ci_integrations.errors import ConfigError, Invalid, OrchestrateError, Unavailable
from ci_integrations.parsing.ansi import clean_line
from ci_integrations.parsing.masking import Masker
from fixers import processes

SECONDS: Final = 300
FILE_BYTES: Final = 1_000_000_000
_WORDS: Final = 1000
_REFS: Final = "refs/heads/"
# See https://git-scm.com/docs/git-config: no hooks, no helpers, no background work, no settings of the machine.
_SAFE: Final = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    # A link is checked out as a text file that holds its target: what follows it would leave the tree.
    "core.symlinks=false",
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


class TooLarge(GitFailed):
    """Something in the repository is larger than it may be."""


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
        known = {"file", "https", "ssh"} | ({"http"} if self._is_on_this_machine else set())
        if bad or "::" in self.url.partition("/")[0] or scheme not in known:
            raise ConfigError(f"not an address to clone from: {self.name}; use https, ssh or a path", place=self.place)
        if self._is_web and ("?" in self.url or "#" in self.url):
            raise ConfigError(f"the address {self.name} must not have a query or fragment", place=self.place)
        if not self._is_web and self._login[1]:
            raise ConfigError(f"a password is for https only: {self.name}; ssh takes a key", place=self.place)

    @classmethod
    def with_password(cls, found: AuthenticatedUrl, *, place: str) -> Self:
        """The remote that a code host gave. Raises ConfigError for an address that git must not be given."""
        scheme, separator, rest = found.url.partition("://")
        login = f"{quote(found.username, safe='')}:{quote(found.password, safe='')}@" if found.password else ""
        return cls(f"{scheme}{separator}{login}{rest.rpartition('@')[2] if login else rest}", place=place)

    @property
    def name(self) -> str:
        """The address without user and password of https, and without a password anywhere: what people may see."""
        if "://" not in self.url:
            return self.url
        parts = urlsplit(self.url)
        user, _, host = parts.netloc.rpartition("@")
        login = f"{user.partition(':')[0]}@" if user and not self._is_web else ""
        return f"{parts.scheme}://{login}{host}{parts.path}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be seen: password, or the user where there is none, as written and as sent."""
        user, password = self._login
        secret = password or (user if self._is_web else "")
        return (secret, unquote(secret), self._credentials) if secret else ()

    @property
    def environment(self) -> dict[str, str]:
        """What lets git in, as settings in its environment; see http.extraHeader in git-config.

        Redirections are not followed then: the header would go to wherever they lead.
        """
        if not self._is_web or not any(self._login):
            return {}
        return git_settings(
            {
                f"http.{self.name}.extraHeader": f"Authorization: Basic {self._credentials}",
                f"http.{self.name}.followRedirects": "false",
            }
        )

    def mask(self, text: str) -> str:
        """The text without what is secret in the address."""
        return Masker(self.secrets).text(text.replace(self.url, self.name))

    @property
    def _is_web(self) -> bool:
        return self.url.startswith(("https://", "http://"))

    @property
    def _is_on_this_machine(self) -> bool:
        """Where nobody listens on the way, a password may go by plain http."""
        try:
            host = urlsplit(self.url).hostname or ""
        except ValueError:
            return False
        return host in {"localhost", "127.0.0.1", "::1"}

    @property
    def _login(self) -> tuple[str, str]:
        if "://" not in self.url:
            return "", ""
        user, _, password = urlsplit(self.url).netloc.rpartition("@")[0].partition(":")
        return user, password

    @property
    def _credentials(self) -> str:
        return base64.b64encode(":".join(unquote(part) for part in self._login).encode()).decode()


def git_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings of git as environment variables: https://git-scm.com/docs/git-config#ENVIRONMENT."""
    made = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        made |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return made


def run(
    *args: str,
    git_dir: Path | None = None,
    work_tree: Path | None = None,
    remote: Remote | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    ok: Sequence[int] = (0,),
    largest_file: int = FILE_BYTES,
) -> tuple[int, bytes]:
    """Run a git command; gives its exit code and stdout.

    No file that it writes, its output included, may be larger than `largest_file` bytes.

    Raises TooLarge for one that is, GitFailed for an exit code not in `ok`, Unavailable where the remote did not answer
    or time was up.
    """
    argv = ["git", *(word for setting in _SAFE for word in ("-c", setting)), *args]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            argv,
            env=_environment(git_dir, work_tree, remote, env or {}),
            cwd=work_tree or git_dir or "/",
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            start_new_session=True,
            # Nobody waits for a push or fetch whose process was killed. That process has one thread, so this is safe.
            preexec_fn=partial(_bind, os.getpid(), largest_file),
        )
        try:
            process.communicate(stdin, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            processes.end_tree(process.pid)
            process.communicate()
            raise Unavailable(f"git {args[0]} took longer than {SECONDS} s") from None
        said = _end_of(err)
        if process.returncode == -signal.SIGXFSZ or f"signal {int(signal.SIGXFSZ)}" in said:
            raise TooLarge(f"git {args[0]} was to write more than {largest_file} bytes, the limit")
        if process.returncode not in ok:
            raise _failure(args[0], remote.mask(said) if remote else said)
        out.seek(0)
        return process.returncode, out.read()


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


def _bind(parent: int, largest_file: int) -> None:
    processes.die_with_parent(parent)
    processes.lower_limit(resource.RLIMIT_FSIZE, largest_file)


def _end_of(file: IO[bytes]) -> str:
    file.seek(max(0, file.seek(0, os.SEEK_END) - _WORDS))
    return file.read().decode(errors="replace").strip()


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
        "GIT_ALLOW_PROTOCOL": "file:https:ssh" + (":http" if remote and remote.url.startswith("http://") else ""),
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
    if git_dir is not None:
        made["GIT_DIR"] = str(git_dir)
    if work_tree is not None:
        made["GIT_WORK_TREE"] = str(work_tree)
    return made | (remote.environment if remote else {}) | dict(env)
