"""artifacts: names and sizes are the server's, the directory is ours."""

import hashlib
import io
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from ci_integrations.domain import Capability, State
from ci_integrations.errors import AuthFailed, Invalid, Unavailable
from ci_integrations.models import Repository, Run
from orchestrate_site.ci.artifacts import _copy, safe_name
from tests.fakes.memory import MemoryServer
from tests.orchestrate_site.ci.harness import ci

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(repository: Repository, server: MemoryServer) -> Run:
    """An ended run."""
    server.add_run("r1", State.SUCCESS)
    return Run.objects.create(repository=repository, external_id="r1", created_at="2026-01-01T00:00:00Z")


def put(server: MemoryServer, **files: bytes) -> None:
    """Leave files behind on the server."""
    server.runs[("r1", 1)].artifacts.update(files)


def files_in(directory: Path) -> dict[str, bytes]:
    """Everything in a directory, hidden files too."""
    return {f"{path.relative_to(directory)}": path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_each_file_is_written_and_named(run: Run, server: MemoryServer, tmp_path: Path) -> None:
    put(server, **{"report.xml": b"<a/>", "empty": b""})
    out = tmp_path / "new" / "out"
    result = ci("artifacts", "--run", run.pk, "--output", out)

    assert result.code == 0
    assert files_in(out) == {"report.xml": b"<a/>", "empty": b""}
    assert result.out.splitlines() == [f"{out / 'report.xml'}", f"{out / 'empty'}"]


def test_json_tells_size_and_digest(run: Run, server: MemoryServer, tmp_path: Path) -> None:
    put(server, **{"a.bin": b"12345"})
    document = ci("artifacts", "--run", run.pk, "--output", tmp_path / "out", "--json").json

    assert document == {
        "run": run.pk,
        "directory": f"{tmp_path / 'out'}",
        "files": [
            {
                "name": "a.bin",
                "path": f"{tmp_path / 'out' / 'a.bin'}",
                "size": 5,
                "sha256": hashlib.sha256(b"12345").hexdigest(),
            }
        ],
        "failed": [],
    }


HOSTILE = [
    "../../etc/passwd",
    "/etc/passwd",
    "..\\..\\evil.exe",
    "..",
    ".",
    "",
    "a/../../b",
    ".ssh/authorized_keys",
    ".bashrc",
    "x" * 5000,
    "x." + "y" * 5000,
    "é" * 300 + ".txt",
    "bell\x07\x1b[2J\n.txt",
    "C:\\con",
    "nul.txt",
    "a\u202etxt.exe",
    "dir/",
    "\ud800",
    "-rf",
]


def test_hostile_names_stay_inside(run: Run, server: MemoryServer, tmp_path: Path) -> None:
    put(server, **{name: b"%d" % number for number, name in enumerate(HOSTILE)})
    out = tmp_path / "deep" / "out"
    result = ci("artifacts", "--run", run.pk, "--output", out)
    found = files_in(tmp_path / "deep")

    assert result.code == 0
    assert sorted(found.values()) == sorted(b"%d" % number for number in range(len(HOSTILE)))
    assert all(Path(name).parent == Path("out") for name in found)
    assert all(not Path(name).name.startswith(".") and Path(name).name.isprintable() for name in found)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.xml", "report.xml"),
        ("a/b/c.tar.gz", "c.tar.gz"),
        ("..", "artifact"),
        ("", "artifact"),
        ("NUL.txt", "artifact-NUL.txt"),
        ('a<b>:"c".txt', "a_b___c_.txt"),
        ("x" * 5000, "x" * 150),
    ],
)
def test_a_safe_name_keeps_what_it_can(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_nothing_that_exists_is_written_over(run: Run, server: MemoryServer, tmp_path: Path) -> None:
    put(server, **{"a.txt": b"new", "dir/a.txt": b"newer", "link.txt": b"newest"})
    (tmp_path / "a.txt").write_bytes(b"old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "target")
    ci("artifacts", "--run", run.pk, "--output", tmp_path)

    assert files_in(tmp_path) == {"a.txt": b"old", "a-2.txt": b"new", "a-3.txt": b"newer", "link-2.txt": b"newest"}
    assert not (tmp_path / "target").exists()


def test_a_file_too_large_is_left_out_and_the_others_are_kept(
    run: Run, server: MemoryServer, tmp_path: Path, settings: Settings
) -> None:
    settings.ORCHESTRATE_ARTIFACT_MAX_BYTES = 10
    put(server, big=b"x" * 11, small=b"ok")
    result = ci("artifacts", "--run", run.pk, "--output", tmp_path)

    assert result.code == 7
    assert "big" in result.err
    assert files_in(tmp_path) == {"small": b"ok"}
    assert server.calls.count("open_artifact") == 1


def test_a_file_larger_than_it_was_said_to_be_is_cut_off() -> None:
    stream, file = io.BytesIO(b"x" * 11), io.BytesIO()
    with pytest.raises(Invalid):
        _copy(stream, file, 10)

    assert file.getvalue() == b""


@pytest.mark.parametrize(("error", "code"), [(Unavailable("502"), 4), (AuthFailed("401"), 3)])
def test_a_file_that_cannot_be_fetched_leaves_nothing_half(
    run: Run, server: MemoryServer, tmp_path: Path, error: Unavailable, code: int
) -> None:
    put(server, first=b"1", second=b"2")
    server.fail_next("open_artifact", error)
    result = ci("artifacts", "--run", run.pk, "--output", tmp_path)

    assert result.code == code
    assert files_in(tmp_path) == {"second": b"2"}
    assert result.out == f"{tmp_path / 'second'}\n"


def test_a_run_without_files_is_no_error(run: Run, tmp_path: Path) -> None:
    result = ci("artifacts", "--run", run.pk, "--output", tmp_path)

    assert (result.code, result.out) == (0, "")


def test_an_output_that_is_no_directory_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert ci("artifacts", "--run", run.pk, "--output", tmp_path / "file").code == 2


def test_a_server_without_artifacts_says_so(run: Run, server: MemoryServer, tmp_path: Path) -> None:
    server.capabilities &= ~Capability.ARTIFACTS

    assert ci("artifacts", "--run", run.pk, "--output", tmp_path).code == 2
