"""Building what is served but not kept in git."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from babel.support import Translations
from django.contrib.staticfiles.storage import staticfiles_storage
from pytest_django import Settings

from goalpost.web.shell import assets


def test_the_chart_library_is_one_module_well_below_400_kb(tmp_path: Path) -> None:
    library = tmp_path / "build" / "vega.js"
    assert assets.build_chart_library(library)
    text = library.read_text(encoding="utf-8")
    assert text.rstrip().endswith("as default};")
    assert len(gzip.compress(text.encode())) < 350_000


def test_a_fresh_chart_library_is_left_alone_and_a_stale_one_replaced(tmp_path: Path) -> None:
    library = tmp_path / "vega.js"
    assets.build_chart_library(library)
    assert not assets.build_chart_library(library)
    stale = library.read_text(encoding="utf-8").split("\n", 1)[1]
    library.write_text(f"// another version\n{stale}", encoding="utf-8")
    assert assets.build_chart_library(library)
    assert not list(tmp_path.glob("*.part"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "build").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(assets.AssetsError, match="cannot be written"):
        assets.build_chart_library(tmp_path / "build" / "vega.js")


def catalogue(tmp_path: Path) -> Path:
    """Write a catalogue of one message, and return its folder."""
    folder = tmp_path / "sv" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    (folder / "django.po").write_text(header + 'msgid "goal"\nmsgstr "mål"\n', encoding="utf-8")
    return folder


def test_two_that_build_at_once_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = catalogue(tmp_path)
    start, replace = Barrier(2), Path.replace

    def replace_together(partial: Path, target: Path) -> Path:
        start.wait(60)
        return replace(partial, target)

    monkeypatch.setattr(Path, "replace", replace_together)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(assets.compile_translations, tmp_path) for _ in range(2)]
    assert [each.result() for each in both] == [[folder / "django.mo"]] * 2
    assert sorted(path.name for path in folder.iterdir()) == ["django.mo", "django.po"]


def test_translations_are_compiled_once(tmp_path: Path) -> None:
    folder = catalogue(tmp_path)
    assert assets.compile_translations(tmp_path) == [folder / "django.mo"]
    assert assets.compile_translations(tmp_path) == []
    assert Translations.load(str(tmp_path), ["sv"], "django").gettext("goal") == "mål"


def test_static_files_are_collected_with_hashed_names_once(tmp_path: Path, settings: Settings) -> None:
    assets.build_chart_library()
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "goalpost.web.shell.static_files.StaticFiles"},
    }
    assert staticfiles_storage.url("goalpost/tokens.css") == "/static/goalpost/tokens.css"
    assert assets.collect_static_files()
    assert not assets.collect_static_files()
    assert list((tmp_path / "goalpost").glob("tokens.????????????.css"))
    assert staticfiles_storage.url("goalpost/tokens.css").count(".") == 2
