"""Files handed out are for keeping: named by what they hold, and inert should a browser show them."""

import csv
import io
from collections.abc import Callable
from contextlib import closing
from urllib.parse import quote

import openpyxl
import pytest
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from goalpost.insights.export.tables import Column, Kind, Table
from goalpost.web.shell.downloads import csv_download, download, long_csv_download, xlsx_download

# The end of a response looks after the database's connections.
pytestmark = pytest.mark.django_db

TABLE = Table("Periods", (Column("Period"), Column("Target", Kind.NUMBER)), [["January", 10]])


def body(response: StreamingHttpResponse | FileResponse) -> bytes:
    with closing(response):
        return response.getvalue()


def disposition(response: HttpResponseBase) -> str:
    return response.headers["Content-Disposition"]


@pytest.mark.parametrize("as_csv", [csv_download, long_csv_download])
def test_a_table_comes_as_csv(as_csv: Callable[..., StreamingHttpResponse]) -> None:
    response = as_csv(TABLE, "Deals won", "2026")
    read = list(csv.reader(io.StringIO(body(response).decode("utf-8-sig"))))
    assert read == [["Period", "Target"], ["January", "10"]]
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    encoded = quote("Deals won \N{EN DASH} 2026.csv")
    assert disposition(response) == f"attachment; filename*=utf-8''{encoded}"


def test_tables_come_as_a_workbook() -> None:
    response = xlsx_download([TABLE, TABLE], "Deals")
    book = openpyxl.load_workbook(io.BytesIO(body(response)))
    assert book.sheetnames == ["Periods", "Periods 2"]
    assert book.properties.title == "Deals"
    assert disposition(response) == 'attachment; filename="Deals.xlsx"'


def test_what_is_handed_out_runs_nothing_and_is_kept_by_no_cache() -> None:
    for response in (
        csv_download(TABLE, "x"),
        long_csv_download(TABLE, "x"),
        xlsx_download([TABLE], "x"),
        download(b"x", "x.svg", "image/svg+xml"),
    ):
        response.close()
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response.headers["Cache-Control"] == "private, no-store"
        assert disposition(response).startswith("attachment;")


def test_a_name_cannot_add_a_header() -> None:
    response = csv_download(TABLE, 'a"\r\nSet-Cookie: x=1')
    response.close()
    assert disposition(response) == 'attachment; filename="a Set-Cookie x=1.csv"'
