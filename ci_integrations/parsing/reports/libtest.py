"""cargo test and cargo nextest.

https://doc.rust-lang.org/rustc/tests/index.html#--format-format, https://nexte.st/docs/machine-readable/libtest-json/
"""

from typing import Any, Final

from ci_integrations.domain import Outcome, TestData
from ci_integrations.parsing.reports.events import Attempts, Events
from ci_integrations.parsing.reports.interface import Reading
from ci_integrations.parsing.reports.jsonvalues import record, text
from ci_integrations.parsing.reports.values import result, scaled, whole_number

_LIBTEST: Final = {
    "ok": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "ignored": Outcome.SKIPPED,
}


class LibtestEvents(Events):
    """A suite is one binary: no test of it runs again after its end."""

    def __init__(self) -> None:
        super().__init__()
        self._attempts = Attempts()

    def take(self, one: Any) -> None:
        one = record(one)
        kind, event = text(one.get("type")), text(one.get("event"))
        if kind == "suite" and event in ("ok", "failed"):
            self.done += self._attempts.release()
        elif kind == "bench" or (kind == "test" and event in _LIBTEST):
            self.done += self._attempts.ended(_test(one, Outcome.PASSED if kind == "bench" else _LIBTEST[event]))

    def close(self, reading: Reading) -> list[TestData]:
        self.done += self._attempts.release()
        return super().close(reading)


def _test(one: dict[str, Any], outcome: Outcome) -> TestData:
    """nextest writes `binary$test#attempt` as the name."""
    full = text(one.get("name"))
    binary, dollar, rest = full.partition("$")
    name, number_sign, attempt = (rest if dollar else full).rpartition("#")
    if not (number_sign and attempt.isdecimal()):
        name = rest if dollar else full
    module, _, leaf = name.rpartition("::")
    details = text(one.get("stdout")) or text(one.get("message"))
    file, line = rust_place(details)
    return result(
        "::".join(filter(None, ((binary if dollar else ""), module))),
        leaf,
        outcome,
        duration=scaled(one.get("exec_time")),
        details=details,
        message=rust_message(details),
        file=file,
        line=line,
    )


def rust_place(details: str) -> tuple[str, int | None]:
    """`thread 'x' panicked at src/lib.rs:4:5:` and the older form with the message before the place."""
    for line in details.splitlines():
        if " panicked at " not in line:
            continue
        place = line.rpartition(" panicked at ")[2].rpartition(", ")[2].rstrip(":").split(":")
        if len(place) >= 3 and place[-1].isdecimal() and place[-2].isdecimal():
            return ":".join(place[:-2]), whole_number(place[-2])
    return "", None


def rust_message(details: str) -> str:
    """What panicked, in the older form on the same line, in the newer on the next."""
    lines = details.splitlines()
    for number, line in enumerate(lines):
        if " panicked at " in line:
            said = line.rpartition(" panicked at ")[2]
            if said.startswith("'"):
                return said.rpartition(", ")[0].strip("'")
            return next((one for one in lines[number + 1 :] if one.strip()), said)
    return ""
