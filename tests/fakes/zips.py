"""Zips, as servers hand them out."""

import io
import zipfile


def archive_of(files: dict[str, bytes]) -> bytes:
    """A zip of files by their names."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()
