"""What describes builds and deployments, and is wrong: build scripts, charts, stacks, manifests."""

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import COLUMN, LINE, PATH, PLACE, complaint

DEPLOYMENT: Final = (
    # https://docs.docker.com/build/
    complaint(
        "docker",
        "docker",
        r"(?:#\d+ )?ERROR: (?P<message>failed to solve: .+)$",
        "Dockerfile:12\n--------------------\n  12 | >>> RUN make\n--------------------\n"
        'ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2',
        ("Dockerfile", 12, 'failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2'),
        words="error:",
        holds="error: failed to solve",
        heading=rf"(?=[^\s:]*(?:Dockerfile|Containerfile))(?P<path>[^\s:]++):{LINE}$",
    ),
    # https://docs.gradle.org/current/userguide/command_line_interface.html
    complaint(
        "gradle",
        "compile",
        r"\* What went wrong:$",
        "* Where:\nBuild file '/app/build.gradle' line: 12\n\n* What went wrong:\n"
        "A problem occurred evaluating root project 'app'.",
        ("/app/build.gradle", 12, "A problem occurred evaluating root project 'app'."),
        starts="* What went wrong:",
        heading=rf"(?:[A-Z]\w+ ){{1,2}}?(?:file|script) '(?P<path>[^']+)' line: {LINE}$",
        then=r"(?P<message>(?P<last>\S.*))$",
        reach=2,
        needs_then=True,
    ),
    # https://github.com/aws-cloudformation/cfn-lint
    complaint(
        "cfn-lint",
        "lint",
        r"(?P<message>(?P<severity>[EWI])\d{4} .+)$",
        "E3012 Property Resources/Data/Size should be of type Integer\ntemplate.yaml:12:5",
        ("template.yaml", 12, "E3012 Property Resources/Data/Size should be of type Integer"),
        starts=tuple(f"{severity}{digit}" for severity in "EWI" for digit in "0123456789"),
        then=rf"{PATH}:{LINE}(?P<last>:){COLUMN}$",
        needs_then=True,
    ),
    # https://helm.sh/docs/helm/helm_template/
    complaint(
        "helm",
        "compile",
        rf"Error: (?:[A-Z ]+: )?template: {PATH}:{LINE}(?::{COLUMN})?: (?P<message>.+)$",
        "Error: template: app/templates/web.yaml:12:5: executing <.x>: nil pointer evaluating interface {}.x",
        ("app/templates/web.yaml", 12, "executing <.x>: nil pointer evaluating interface {}.x"),
        starts="Error: ",
        holds="template: ",
    ),
    complaint(
        "helm",
        "compile",
        rf"Error: (?:[A-Z ]+: )?parse error at \({PATH}:{LINE}\): (?P<message>.+)$",
        'Error: parse error at (app/templates/web.yaml:12): function "answer" not defined',
        ("app/templates/web.yaml", 12, 'function "answer" not defined'),
        starts="Error: ",
        holds="parse error at (",
    ),
    # Of helm lint and kubectl, in the words of https://pkg.go.dev/sigs.k8s.io/yaml
    complaint(
        "yaml",
        "compile",
        r"(?:error: )?(?:error parsing )?(?P<path>[^\s:]+\.ya?ml): "
        rf"(?P<message>[^:]+: (?:[^:]+: )?yaml: line {LINE}: .+)$",
        "[ERROR] templates/web.yaml: unable to parse YAML: error converting YAML to JSON: yaml: line 12: bad key",
        (
            "templates/web.yaml",
            12,
            "unable to parse YAML: error converting YAML to JSON: yaml: line 12: bad key",
        ),
        words="yaml:",
        holds=": yaml: line ",
    ),
    # https://bazel.build/run/build
    complaint(
        "bazel",
        "compile",
        rf"(?P<severity>ERROR|WARNING): {PLACE}: (?P<message>.+)$",
        "ERROR: /app/src/BUILD:12:11: no such target '//lib:answer'",
        ("/app/src/BUILD", 12, "no such target '//lib:answer'"),
        starts=("ERROR: ", "WARNING: "),
        in_source=True,
    ),
    # https://nix.dev/manual/nix/latest/
    complaint(
        "nix",
        "compile",
        r"(?P<severity>error): (?P<message>.+)$",
        "error: undefined variable 'answer'\n\n       at /app/default.nix:12:5:",
        ("/app/default.nix", 12, "undefined variable 'answer'"),
        starts="error: ",
        then=rf"\s+at (?P<path>[^\s:]+\.nix):{LINE}(?P<last>:){COLUMN}:$",
        reach=3,
        needs_then=True,
    ),
)
