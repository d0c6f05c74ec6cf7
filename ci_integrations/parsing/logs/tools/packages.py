"""Package managers."""

# The tools print these characters.
# ruff: noqa: RUF001

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import complaint

PACKAGES: Final = (
    complaint(
        "pip",
        "package",
        r"ERROR: (?P<message>(?:No matching distribution found for|Cannot install|Failed building wheel for|Could "
        r"not build wheels|"
        r"Could not install packages|Could not open requirements file|ResolutionImpossible|Failed to build|THESE "
        r"PACKAGES DO NOT).*)$",
        "ERROR: No matching distribution found for acme==9.9",
        ("", None, "No matching distribution found for acme==9.9"),
        starts="ERROR: ",
    ),
    complaint(
        "pip",
        "package",
        r"(?P<message>error: (?:subprocess-exited-with-error|metadata-generation-failed"
        r"|externally-managed-environment))$",
        "error: subprocess-exited-with-error",
        starts="error: ",
    ),
    complaint(
        "uv",
        "package",
        r"\s*× (?P<message>No solution found when resolving dependencies.*|Failed to (?:build|download|fetch).*)$",
        "  × No solution found when resolving dependencies:",
        ("", None, "No solution found when resolving dependencies:"),
        starts="× ",
    ),
    complaint(
        "poetry",
        "package",
        r"\s*(?P<message>SolverProblemError|Because .+ (?:depends on|requires) .+version solving failed\.)$",
        "  SolverProblemError",
        ("", None, "SolverProblemError"),
        starts=("SolverProblemError", "Because "),
    ),
    # https://hexdocs.pm/mix/
    complaint(
        "mix",
        "package",
        r"\*\* \(Mix\) (?P<message>.+)$",
        "** (Mix) Could not start application acme: could not find application file: acme.app",
        ("", None, "Could not start application acme: could not find application file: acme.app"),
        starts="** (Mix) ",
    ),
    complaint(
        "bundler",
        "package",
        r"(?P<message>(?:Could not find gem|Bundler could not find compatible versions|An error occurred while "
        r"installing|"
        r"Could not find .+ in (?:any of the sources|locally installed gems)|Your bundle is locked to).*)$",
        "An error occurred while installing nokogiri (1.16.0), and Bundler cannot continue.",
        starts=("Could not find", "Bundler ", "An error occurred while", "Your bundle"),
    ),
    complaint(
        "composer",
        "package",
        r"\s*(?P<message>Your requirements could not be resolved to an installable set of packages\.)$",
        "  Your requirements could not be resolved to an installable set of packages.",
        ("", None, "Your requirements could not be resolved to an installable set of packages."),
        starts="Your requirements",
    ),
    complaint(
        "cargo",
        "package",
        r"error: (?P<message>(?:failed to select a version for|no matching package named|failed to get `|failed to "
        r"download|"
        r"the lock file .* needs to be updated).*)$",
        "error: no matching package named `acme` found",
        ("", None, "no matching package named `acme` found"),
        starts="error: ",
    ),
    complaint(
        "go",
        "package",
        r"(?:go: )(?P<message>(?!downloading |finding |found |added |upgraded ).*(?:not found|no matching versions"
        r"|unknown revision|"
        r"updates to go\.(?:mod|sum) needed|missing go\.sum entry|verifying module|404 Not Found|410 Gone|checksum "
        r"mismatch).*)$",
        "go: example.com/acme@v1.2.3: reading https://proxy.example.com/acme: 404 Not Found",
        ("", None, "example.com/acme@v1.2.3: reading https://proxy.example.com/acme: 404 Not Found"),
        starts="go: ",
    ),
    complaint(
        "maven",
        "package",
        r"(?:\[ERROR\] )?(?P<message>.*(?:Could not resolve dependencies for project|Could not find artifact|Could "
        r"not transfer artifact|"
        r"Non-resolvable parent POM).*)$",
        "[ERROR] Failed to execute goal on project app: Could not resolve dependencies for project "
        "com.acme:app:jar:1.0",
        (
            "",
            None,
            "Failed to execute goal on project app: Could not resolve dependencies for project com.acme:app:jar:1.0",
        ),
        words=("dependencies", "artifact", "non-resolvable"),
        holds=("could not ", "non-resolvable parent pom"),
    ),
    complaint(
        "gradle",
        "package",
        r"\s*> (?P<message>Could not (?:resolve|find|get|download) (?!method |property |tools\.jar)\S+[:/ ].*)$",
        "   > Could not find com.acme:app:1.0.",
        ("", None, "Could not find com.acme:app:1.0."),
        starts="> Could not",
    ),
    complaint(
        "apt",
        "package",
        r"E: (?P<message>(?:Unable to locate package|Failed to fetch|Package .* has no installation candidate"
        r"|Unable to fetch|"
        r"Unmet dependencies|Could not get lock|The repository ).*)$",
        "E: Unable to locate package acme",
        ("", None, "Unable to locate package acme"),
        starts="E: ",
    ),
    complaint(
        "apk",
        "package",
        r"ERROR: (?P<message>unable to select packages:)$",
        "ERROR: unable to select packages:\n  acme (no such package):",
        ("", None, "unable to select packages: acme (no such package):"),
        starts="ERROR: ",
        then=r"\s+(?P<more>(?P<last>\S.*))$",
    ),
    complaint(
        "conda",
        "package",
        r"(?P<message>(?:PackagesNotFoundError|ResolvePackageNotFound|UnsatisfiableError"
        r"|LibMambaUnsatisfiableError).*)$",
        "PackagesNotFoundError: The following packages are not available from current channels:",
        starts=("PackagesNotFoundError", "ResolvePackageNotFound", "UnsatisfiableError", "LibMamba"),
    ),
    complaint(
        "brew",
        "package",
        r"(?:Error|Warning): (?P<message>(?:No available formula|No formulae or casks found|.+: Failed to download "
        r"resource).*)$",
        'Error: No available formula with the name "acme".',
        ("", None, 'No available formula with the name "acme".'),
        starts="Error: ",
    ),
)
