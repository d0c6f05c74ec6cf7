"""Scanners for weaknesses."""

# The tools print these characters.
# ruff: noqa: RUF001

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import LINE, PATH, complaint

SECURITY: Final = (
    # https://bandit.readthedocs.io/en/latest/formatters/text.html
    complaint(
        "bandit",
        "security",
        r">> Issue: (?P<message>\[B\d+:\w+\] .+)$",
        ">> Issue: [B101:assert_used] Use of assert detected.\n   Severity: Low   Confidence: High\n"
        "   Location: ./src/app.py:12:4",
        ("./src/app.py", 12, "[B101:assert_used] Use of assert detected."),
        starts=">> Issue: ",
        then=rf"\s*(?:Severity: (?P<severity>\w+)\b|Location: {PATH}:{LINE}(?P<last>:|$))",
        reach=6,
        needs_then=True,
    ),
    # https://semgrep.dev/docs/cli-reference
    complaint(
        "semgrep",
        "security",
        r"\s*❯{0,2}❱ (?P<message>[\w.-]+)$",
        "    src/app.py\n   ❯❯❱ python.lang.security.audit.eval-detected\n          Detected the use of eval().\n\n"
        "           12┆ eval(text)",
        ("src/app.py", 12, "python.lang.security.audit.eval-detected"),
        starts=("❯❯❱ ", "❯❱ ", "❱ "),
        before=r"\s+(?P<path>\S+)$",
        then=rf"\s*{LINE}(?P<last>┆)",
        reach=12,
        needs_then=True,
    ),
    # https://spotbugs.github.io/spotbugs-maven-plugin/check-mojo.html
    complaint(
        "spotbugs",
        "security",
        rf"(?P<severity>High|Medium|Low): (?P<message>[^\[\]]+) \[[^\]]*\] At (?P<path>[^\s:]+):\[lines? {LINE}",
        "[ERROR] High: Null dereference of x in org.acme.App.run() [org.acme.App] At App.java:[line 12] NP_NULL",
        ("App.java", 12, "Null dereference of x in org.acme.App.run()"),
        starts=("High: ", "Medium: ", "Low: "),
        holds="] at ",
    ),
    # https://www.checkov.io/2.Basics/Reviewing%20Scan%20Results.html
    complaint(
        "checkov",
        "security",
        r"\s+FAILED for resource: \S+$",
        'Check: CKV_AWS_20: "S3 Bucket has an ACL"\n\tFAILED for resource: aws_s3_bucket.data\n\tFile: /main.tf:3-10',
        ("/main.tf", 3, 'CKV_AWS_20: "S3 Bucket has an ACL"'),
        starts="FAILED for resource: ",
        before=r"Check: (?P<message>.+)$",
        then=rf"\s+File: {PATH}:{LINE}(?P<last>-)",
        reach=3,
        needs_then=True,
    ),
    # https://aquasecurity.github.io/tfsec/
    complaint(
        "tfsec",
        "security",
        r"Result #\d+ (?P<severity>[A-Z]+) (?P<message>.+)$",
        "Result #1 HIGH Bucket does not have encryption enabled\n────────────────\n  main.tf:3-10",
        ("main.tf", 3, "Bucket does not have encryption enabled"),
        starts="Result #",
        then=rf"\s+{PATH}:{LINE}(?P<last>-|$)",
        reach=3,
        needs_then=True,
    ),
)
