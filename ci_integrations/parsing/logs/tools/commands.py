"""Containers, version control and the shell."""

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import complaint

COMMANDS: Final = (
    complaint(
        "docker",
        "docker",
        r"(?:#\d+ )?ERROR: (?P<message>failed to (?:solve|build|push|pull|authorize|receive status).*)$",
        'ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2',
        ("", None, 'failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2'),
        words="error:",
        holds="error: failed to ",
    ),
    complaint(
        "docker",
        "docker",
        r"(?:docker: )?(?P<message>Error response from daemon: .+)$",
        "docker: Error response from daemon: pull access denied for acme/app",
        ("", None, "Error response from daemon: pull access denied for acme/app"),
        words="daemon",
        holds="error response from daemon",
    ),
    complaint(
        "docker",
        "docker",
        r"(?P<message>Cannot connect to the Docker daemon.*|The command '.+' returned a non-zero code: \d+"
        r"|.*manifest unknown.*)$",
        "Cannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon running?",
        words=("daemon", "non-zero", "manifest"),
        holds=("the docker daemon", "returned a non-zero code", "manifest unknown"),
    ),
    # https://kubernetes.io/docs/concepts/containers/images/
    complaint(
        "docker",
        "docker",
        r".*?(?P<message>(?i:failed to pull image).+)$",
        'Error: failed to pull image "acme/app": ErrImagePull',
        ("", None, 'failed to pull image "acme/app": ErrImagePull'),
        words="pull",
        holds="failed to pull image",
    ),
    complaint(
        "git",
        "vcs",
        r"(?P<message>CONFLICT \(.+\): .+)$",
        "CONFLICT (content): Merge conflict in src/app.py",
        starts="CONFLICT (",
    ),
    complaint(
        "git",
        "vcs",
        r"(?:remote: |error: |fatal: )+(?P<message>(?:could not read Username|Authentication failed|repository "
        r"'.*' not found|unable to access|"
        r"pathspec|reference is not a tree|couldn't find remote ref|Remote branch .* not found|not a git "
        r"repository|refusing to merge|"
        r"Could not read from remote repository|detected dubious ownership|Invalid username or password).*)$",
        "fatal: could not read Username for 'https://example.com': terminal prompts disabled",
        ("", None, "could not read Username for 'https://example.com': terminal prompts disabled"),
        starts=("fatal: ", "error: ", "remote: "),
    ),
    complaint(
        "shell",
        "command",
        r"(?:\S*/)?+(?P<path>[^\s:/][^\s/]*)?: (?:line )?(?P<source_line>\d+): (?P<message>.+: (?:command not found"
        r"|not found|No such file or directory|Permission denied|unbound variable|syntax error.*))$",
        "./build.sh: line 12: frobnicate: command not found",
        ("build.sh", 12, "frobnicate: command not found"),
        words=("found", "directory", "denied", "variable"),
        holds=(
            ": command not found",
            ": not found",
            ": no such file or directory",
            ": permission denied",
            ": unbound variable",
        ),
    ),
    complaint(
        "shell",
        "command",
        r"\S*env: (?P<message>['\u2018]?\S+: No such file or directory)$",
        "/usr/bin/env: 'node': No such file or directory",
        ("", None, "'node': No such file or directory"),
        words="directory",
        holds="env: ",
    ),
    complaint(
        "shell",
        "command",
        r"(?:(?:ba|z|da)?sh: )(?P<message>.+: (?:command not found|not found))$",
        "bash: frobnicate: command not found",
        ("", None, "frobnicate: command not found"),
        starts=("bash: ", "sh: ", "zsh: ", "dash: "),
    ),
)
