"""How well a colour stands out from another (WCAG 2.2, success criteria 1.4.3 and 1.4.11)."""

import re

LEAST_FOR_SHAPES = 3.0
"""What has to be seen, such as a column, stands out from what is beside it by 3 : 1 at least."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def contrast(one: str, other: str) -> float:
    """Return the contrast of two opaque colours written #rrggbb, from 1 (the same) to 21 (black on white).

    Raises ValueError for a colour written otherwise.
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance, 0 to 1, as WCAG 2.2 defines it for sRGB."""
    if not _COLOUR.fullmatch(colour):
        raise ValueError(f"A colour is written #rrggbb, not {colour!r}.")
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  from WCAG
