"""The picture in the README is there, of the size pages are designed at, and quick to load."""

import re
import struct
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_BYTES = 200_000


def test_the_readme_shows_a_picture_that_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    [path] = re.findall(r"!\[[^\]]+\]\(([^)]+\.png)\)", text)
    picture = (ROOT / path).read_bytes()
    assert struct.unpack(">II", picture[16:24]) == (1440, 1000)
    assert len(picture) < MOST_BYTES
