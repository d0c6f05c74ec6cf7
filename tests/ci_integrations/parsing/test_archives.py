"""Archives of reports, good and bad."""

import io
import stat
import zipfile

import pytest

from ci_integrations.parsing.archives import MAX_ENTRIES, BadArchive, entries, looks_like_zip

XML = b"<testsuite/>"


def packed(files: dict[str, bytes]) -> io.BytesIO:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    made.seek(0)
    return made


def read(archive: io.BytesIO, max_bytes: int = 1_000_000) -> dict[str, bytes]:
    return {name: file.read() for name, file in entries(archive, suffix=".xml", max_bytes=max_bytes)}


def test_the_reports_among_other_files_are_read() -> None:
    files = {"a/junit.xml": XML, "log.txt": b"no", "B.XML": b"<b/>", "../../up.xml": b"<c/>"}
    assert read(packed(files)) == {"a/junit.xml": XML, "B.XML": b"<b/>", "../../up.xml": b"<c/>"}


def test_a_symbolic_link_is_passed_over() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo("link.xml")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.xml", XML)
    made.seek(0)
    assert read(made) == {"a.xml": XML}


def test_a_zip_is_told_from_its_beginning() -> None:
    assert looks_like_zip(packed({"a.xml": XML}).read())
    assert looks_like_zip(packed({}).read())
    assert not looks_like_zip(XML)


def test_a_bomb_is_not_unpacked() -> None:
    with pytest.raises(BadArchive, match="more than may be unpacked"):
        read(packed({"a.xml": b"\0" * 5_000_000}), max_bytes=1_000_000)


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_swell_at_once_are_not_read(packing: int) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packing) as archive:
        archive.writestr("a.xml", b"\0" * 1_000_000)
    made.seek(0)
    with pytest.raises(BadArchive, match="not read"):
        read(made)


def test_the_limit_is_for_all_files_together() -> None:
    with pytest.raises(BadArchive):
        read(packed({f"{number}.xml": b"x" * 400 for number in range(3)}), max_bytes=1000)


def test_too_many_files_are_refused() -> None:
    with pytest.raises(BadArchive, match="limit"):
        read(packed({f"{number}.txt": b"" for number in range(MAX_ENTRIES + 1)}))


def test_a_broken_archive_is_told() -> None:
    whole = packed({"a.xml": XML * 100}).getvalue()
    with pytest.raises(BadArchive, match="cannot be read"):
        read(io.BytesIO(whole[:-30]))
    broken = bytearray(whole)
    broken[40:60] = bytes(20)
    with pytest.raises(BadArchive, match="cannot be read"):
        read(io.BytesIO(bytes(broken)))
