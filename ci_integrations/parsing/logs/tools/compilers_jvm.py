"""Compilers of Java, Kotlin and Scala."""

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import COLUMN, LINE, PLACE, complaint

COMPILERS_JVM: Final = (
    # Eclipse's compiler, and those of Green Hills, Sun, Wind River, IBM and Analog Devices
    complaint(
        "ecj",
        "compile",
        rf"\d+\. (?P<severity>ERROR|WARNING|INFO) in (?P<path>.+?) \(at line {LINE}\)$",
        "1. WARNING in /build/src/App.java (at line 23)\n\timport java.util.List;\n\t       ^^^^\nThe import "
        "java.util.List is never used",
        ("/build/src/App.java", 23, "The import java.util.List is never used"),
        starts="0. ",
        holds=" (at line ",
        then=r"(?P<message>(?P<last>\S.*))$",
        reach=6,
    ),
    # https://maven.apache.org/plugins/maven-compiler-plugin/
    complaint(
        "maven",
        "compile",
        rf"(?P<path>(?:[A-Za-z]:(?=[\\/]))?[^\s:\[][^:\[]*):\[{LINE}(?:,{COLUMN})?\] (?:\([\w.]+\) "
        rf")?(?:(?P<severity>error|warning): ?)?(?P<message>.+)$",
        "[ERROR] /build/src/main/java/App.java:[12,5] cannot find symbol",
        ("/build/src/main/java/App.java", 12, "cannot find symbol"),
        at_place=":[",
        in_source=True,
    ),
    # https://kotlinlang.org/docs/compiler-reference.html
    complaint(
        "kotlinc",
        "compile",
        rf"(?P<severity>[ew]): (?:file://)?(?P<path>[^\s:(]+\.kts?): \({LINE}, {COLUMN}\): (?P<message>.+)$",
        "e: /build/src/App.kt: (12, 3): Unresolved reference: answer",
        ("/build/src/App.kt", 12, "Unresolved reference: answer"),
        starts=("e: ", "w: "),
    ),
    complaint(
        "kotlinc",
        "compile",
        rf"(?P<severity>[ew]): (?:file://)?(?P<path>[^\s:(]+\.kts?):{LINE}:{COLUMN}:? (?P<message>.+)$",
        "e: file:///build/src/App.kt:12:3 Unresolved reference 'answer'.",
        ("/build/src/App.kt", 12, "Unresolved reference 'answer'."),
        starts=("e: ", "w: "),
    ),
    complaint(
        "scalac",
        "compile",
        rf"-- (?:\[E\d+\] )?(?P<message>.+?(?P<severity>Error|Warning)): {PLACE} -*$",
        "[error] -- [E007] Type Mismatch Error: src/App.scala:12:3 ----------",
        ("src/App.scala", 12, "Type Mismatch Error"),
        words=("error:", "warning:"),
        holds="-- ",
    ),
)
