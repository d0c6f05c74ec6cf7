"""Package managers of JavaScript."""

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import complaint

_NPM_SAYS: Final = r"npm (?:ERR!|error) (?!syscall |errno |path |code )(?P<more>(?P<last>\S.*))$"

PACKAGES_JAVASCRIPT: Final = (
    # https://docs.npmjs.com/common-errors: what another attempt may mend
    complaint(
        "npm",
        "infra",
        r"npm (?:ERR!|error) code (?P<message>ETIMEDOUT|ESOCKETTIMEDOUT|ECONNRESET|ECONNREFUSED|ENOTFOUND|EAI_AGAIN"
        r"|E5\d\d)$",
        "npm error code ETIMEDOUT\nnpm error syscall connect\nnpm error network request to https://example.com failed",
        ("", None, "ETIMEDOUT network request to https://example.com failed"),
        starts=("npm ERR!", "npm error"),
        then=_NPM_SAYS,
        reach=4,
    ),
    complaint(
        "npm",
        "package",
        r"npm (?:ERR!|error) code (?P<message>E\w+)$",
        "npm error code ERESOLVE\nnpm error ERESOLVE unable to resolve dependency tree",
        ("", None, "ERESOLVE ERESOLVE unable to resolve dependency tree"),
        starts=("npm ERR!", "npm error"),
        then=_NPM_SAYS,
        reach=4,
    ),
    complaint(
        "npm",
        "package",
        r"npm (?:ERR!|error) (?P<message>(?i:missing script: ).+)$",
        'npm error Missing script: "frobnicate"',
        ("", None, 'Missing script: "frobnicate"'),
        starts=("npm ERR!", "npm error"),
    ),
    complaint(
        "npm",
        "",
        r"npm (?:ERR!|error|warn|WARN|notice)",
        "npm error errno ECONNREFUSED",
        starts=("npm ERR!", "npm error", "npm warn", "npm WARN", "npm notice"),
    ),
    complaint(
        "pnpm",
        "package",
        r"\s*(?P<message>ERR_PNPM_\w+.*)$",
        ' ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with "frozen-lockfile"',
        ("", None, 'ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with "frozen-lockfile"'),
        starts="ERR_PNPM_",
    ),
    complaint(
        "yarn",
        "package",
        r"(?:error (?P<message>(?:An unexpected error occurred|Couldn't find|Your lockfile needs|Found "
        r"incompatible module|.*The engine \"node\"|Command \".+\" not found\.).*)|"
        r"➤ (?P<more>YN00(?:01|28|35|82): .+))$",
        'error Couldn\'t find package "acme" on the "npm" registry.',
        ("", None, 'Couldn\'t find package "acme" on the "npm" registry.'),
        starts=("error ", "➤ YN"),
    ),
    # https://nodejs.org/api/errors.html#module_not_found
    complaint(
        "node",
        "package",
        r"(?P<message>Error(?: \[ERR_MODULE_NOT_FOUND\])?: Cannot find (?:module|package) .+)$",
        "Error: Cannot find module 'acme'",
        starts=("Error: Cannot find ", "Error [ERR_MODULE_NOT_FOUND]"),
    ),
)
