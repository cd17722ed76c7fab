"""A caller of the API in tests. Whatever is asked, the reply must be JSON that no cache keeps."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpResponse, HttpResponseBase
from django.test import Client

from goalpost.accounts.tokens import issue_token
from goalpost.companies.models import User
from tests.people import NOW


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply with its body as read from JSON, fractions as exact decimals."""

    status: int
    body: Any
    text: str
    headers: dict[str, str]

    @property
    def error(self) -> str:
        assert self.body["success"] is False
        return str(self.body["error"])


@dataclass(frozen=True, slots=True)
class ApiCaller:
    """Calls with a user's token, or with none."""

    token: str = ""
    root: str = "/api/v1"

    def get(self, path: str, **query: object) -> Reply:
        return self.send("GET", path, query=query)

    def post(self, path: str, body: object) -> Reply:
        return self.send("POST", path, body=body)

    def put(self, path: str, body: object) -> Reply:
        return self.send("PUT", path, body=body)

    def delete(self, path: str) -> Reply:
        return self.send("DELETE", path)

    def send(
        self,
        method: Literal["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"],
        path: str,
        *,
        body: object = None,
        raw: bytes | None = None,
        content_type: str = "application/json",
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Send a request to a path below the root. `raw` is sent as it is, in place of `body`."""
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else b""
        given = {"x-api-token": self.token} if self.token else {}
        response: HttpResponseBase = Client(raise_request_exception=False).generic(
            method,
            f"{self.root}{path}",
            data,
            content_type=content_type,
            query_params=query or {},
            headers={**given, **(headers or {})},
        )
        return _reply(response)

    def goals(self, **filters: object) -> list[dict[str, Any]]:
        """Return the goals found with these filters, whose dots are written as two underscores."""
        reply = self.get("/goals/find", **{name.replace("__", "."): value for name, value in filters.items()})
        assert reply.status == 200, reply.text
        return list(reply.body["data"]["goals"])


def caller(user: User) -> ApiCaller:
    return ApiCaller(issue_token(user=user, now=NOW))


def _reply(response: HttpResponseBase) -> Reply:
    assert isinstance(response, HttpResponse)
    text = response.content.decode()
    assert response.headers["Cache-Control"] == "no-store"
    if response.status_code == 304:
        assert text == ""
        assert "Content-Type" not in response.headers
        return Reply(304, None, text, dict(response.headers))
    assert response.headers["Content-Type"] == "application/json; charset=utf-8", text[:200]
    assert "<html" not in text.lower()
    body = json.loads(text, parse_float=Decimal) if text else None
    return Reply(response.status_code, body, text, dict(response.headers))
