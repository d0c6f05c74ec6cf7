"""Programs that ended by crashing."""

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import COLUMN, LINE, PATH, complaint

CRASHES: Final = (
    complaint(
        "crash",
        "crash",
        r".*?(?P<message>Segmentation fault|Bus error|Illegal instruction|Aborted|Floating point exception) *"
        r"(?P<more>\(core dumped\)).*$",
        "./build.sh: line 3:   123 Segmentation fault      (core dumped) ./app",
        ("", None, "Segmentation fault (core dumped)"),
        words="dumped",
    ),
    complaint(
        "go",
        "crash",
        r"(?P<message>panic: .+|fatal error: all goroutines are asleep.*)$",
        "panic: runtime error: index out of range [1] with length 1",
        ("", None, "panic: runtime error: index out of range [1] with length 1"),
        starts=("panic: ", "fatal error: all"),
    ),
    # https://doc.rust-lang.org/std/macro.panic.html; of other threads it tells with the failed test
    complaint(
        "rust",
        "crash",
        rf"thread 'main' (?:\(\d+\) )?panicked at '(?P<message>.*)', {PATH}:{LINE}:{COLUMN}$",
        "thread 'main' panicked at 'no answer', src/main.rs:12:5",
        ("src/main.rs", 12, "no answer"),
        starts="thread 'main' ",
    ),
    complaint(
        "rust",
        "crash",
        rf"thread 'main' (?:\(\d+\) )?panicked at {PATH}:{LINE}:{COLUMN}:$",
        "thread 'main' panicked at src/main.rs:12:5:\nno answer",
        ("src/main.rs", 12, "no answer"),
        starts="thread 'main' ",
        then=r"(?P<message>(?P<last>\S.*))$",
    ),
    # https://github.com/google/sanitizers/wiki
    complaint(
        "sanitizer",
        "crash",
        r"(?:==\d+==)?\s*(?:ERROR|WARNING): (?P<message>\w+Sanitizer: .+)$",
        "==123==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010",
        ("", None, "AddressSanitizer: heap-use-after-free on address 0x602000000010"),
        words=("addresssanitizer", "threadsanitizer", "memorysanitizer", "leaksanitizer"),
    ),
    # https://en.cppreference.com/w/cpp/error/terminate
    complaint(
        "c++",
        "crash",
        r"(?P<message>terminate called (?:after throwing an instance of .+|without an active exception))$",
        "terminate called after throwing an instance of 'std::runtime_error'\n  what():  no answer",
        ("", None, "terminate called after throwing an instance of 'std::runtime_error' no answer"),
        starts="terminate called ",
        then=r"\s+what\(\):\s+(?P<more>(?P<last>\S.*))$",
    ),
    # https://docs.oracle.com/en/java/javase/21/troubleshoot/fatal-error-log.html
    complaint(
        "java",
        "crash",
        r"# (?P<message>A fatal error has been detected by the Java Runtime Environment):$",
        "# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV (0xb) at pc=0x1",
        ("", None, "A fatal error has been detected by the Java Runtime Environment SIGSEGV (0xb) at pc=0x1"),
        starts="# A fatal error ",
        then=r"#\s+(?P<more>(?P<last>\S.*))$",
        reach=2,
    ),
)
