"""PHPUnit's testdox."""

from tests.ci_integrations.parsing.reports.reading import E, F, P, S, is_report, read


def test_testdox_numbers_how_tests_ended() -> None:
    names = 'prettifiedClassName="Cart" prettifiedMethodName="Adds" time="0.5"'
    said = {3: 'exceptionMessage="no&#10;way"'}
    tests = "".join(
        f'<test className="Shop\\CartTest" methodName="test" {names} status="{status}" {said.get(status, "")}/>'
        for status in range(6)
    )
    report = read(f'<?xml version="1.0" encoding="UTF-8"?><tests>{tests}</tests>')

    assert report.reading.format == "testdox"
    assert [test.outcome for test in report.tests] == [P, S, S, F, E, P]
    assert {test.suite for test in report.tests} == {"Shop\\CartTest"}
    assert (report.tests[3].message, report.tests[0].duration) == ("no", 0.5)
    assert not is_report("<tests><test name='a'/></tests>")
