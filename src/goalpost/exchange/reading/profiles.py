"""The exports of known programs, told by their headers: `profiles.toml` says what feeds which field."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from goalpost.exchange.reading.fields import FileKind, fold_header


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of file of one program. Headers are folded; a signature's with "=" in small letters."""

    name: str
    kind: FileKind
    signature: tuple[tuple[str, ...], ...]
    columns: Mapping[str, tuple[str, ...]]
    unused: tuple[str, ...]
    """Columns that are not what their names say elsewhere."""
    values: Mapping[str, Mapping[str, str]]
    defaults: Mapping[str, str]

    def fits(self, header: Sequence[str]) -> bool:
        there = {fold_header(name) for name in header} | {f"={name.casefold()}" for name in header}
        return all(any(name in there for name in names) for names in self.signature)

    def positions(self, header: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Return the first column of each field that is there."""
        places: dict[str, int] = {}
        for place, name in enumerate(header):
            places.setdefault(fold_header(name), place)
        return {
            field: (places[found],)
            for field, names in self.columns.items()
            if (found := next((name for name in names if name in places), None)) is not None
        }


def find_profile(kind: FileKind, header: Sequence[str]) -> Profile | None:
    """Return the program's profile that a header is of, None for none."""
    fitting = [profile for profile in all_profiles() if profile.kind is kind and profile.fits(header)]
    return max(fitting, key=lambda profile: len(profile.signature), default=None)


@cache
def all_profiles() -> tuple[Profile, ...]:
    tables = tomllib.loads(Path(__file__).with_name("profiles.toml").read_text(encoding="utf-8"))["profile"]
    return tuple(
        Profile(
            name=each["name"],
            kind=FileKind(each["kind"]),
            signature=tuple(tuple(map(_signed, names.split("|"))) for names in each["signature"]),
            columns={
                field: tuple(map(fold_header, names.split("|"))) for field, names in each["columns"].items()
            },
            unused=tuple(map(fold_header, each.get("unused", ()))),
            values=each.get("values", {}),
            defaults=each.get("defaults", {}),
        )
        for each in tables
    )


def _signed(name: str) -> str:
    return name.casefold() if name.startswith("=") else fold_header(name)
