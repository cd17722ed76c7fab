"""Public holidays by country, from the `holidays` package: whole days on which a country does not work.

Beside the days that are holidays by law these are the ones that everybody keeps as such, where a country has
them (Midsummer Eve in Sweden).
"""

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from types import MappingProxyType

import holidays

_KEPT = ("public", "de_facto")


@cache
def known_countries() -> Mapping[str, tuple[str, ...]]:
    """Return the countries whose holidays are known, by ISO 3166-1, with the codes of their subdivisions."""
    found = holidays.list_supported_countries(include_aliases=False)
    return MappingProxyType({code: tuple(found[code]) for code in sorted(found)})


@cache
def subdivision_names(country: str) -> Mapping[str, str]:
    """Return the names of a country's subdivisions, as they are called there, by their codes."""
    codes = known_countries().get(country, ())
    if not codes:
        return MappingProxyType({})
    named: dict[str, str] = {}
    for name, code in holidays.country_holidays(country).subdivisions_aliases.items():
        named.setdefault(code, name)
    return MappingProxyType({code: named.get(code, code) for code in codes})


@lru_cache(maxsize=4096)
def public_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """Return the holidays of a calendar year; none of a year outside those that are known."""
    return frozenset(holiday_names(country, subdivision, year, "en"))


@lru_cache(maxsize=256)
def holiday_names(country: str, subdivision: str, year: int, language: str) -> Mapping[date, str]:
    """Return the holidays of a calendar year in order, named in the language where the names are known in it.

    Otherwise they are named in English, and where that is not known either, as the country does.
    """
    plain = holidays.country_holidays(country)
    spoken = next(
        (known for wanted in (language, "en") for known in plain.supported_languages if known[:2] == wanted),
        None,
    )
    found = holidays.country_holidays(
        country,
        subdiv=subdivision or None,
        years=year,
        language=spoken,
        categories=tuple(kind for kind in _KEPT if kind in plain.supported_categories),
    )
    return MappingProxyType({day: found[day] for day in sorted(found)})
