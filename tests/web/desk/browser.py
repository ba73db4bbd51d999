"""Somebody's browser without a screen: it keeps cookies, follows redirects, and sends back the forms of our pages."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.web.browsing import Answer, Client

FORM = "application/x-www-form-urlencoded"


def languages_to_read(page: str) -> list[str]:
    """The languages that a campaign's page asks an approver to have read."""
    return re.findall(r'name="read" value="([^"]+)"', page)


def submit_from_page(browser: "Browser", campaign: str, **fields: Any) -> "Answer":
    """Submit a campaign from its page, at this path, and leave out whom its button says."""
    page = browser.get(campaign).text
    for name in ("leaving_out", "leave_out"):
        if found := re.search(rf'name="{name}" value="([^"]*)"', page):
            fields.setdefault(name, found[1])
    return browser.post(f"{campaign}/submit", **fields)


@dataclass
class Browser:
    """One person's session, or a visitor's."""

    client: Client
    cookies: dict[str, str] = field(default_factory=dict)
    at: str = ""

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page and follow where it leads."""
        return self._ask("GET", path, None, headers)

    def post(self, path: str, *, csrf: str | None = None, **fields: Any) -> Answer:
        """Send a form; its token is that of the page on which one is, unless another is given."""
        token = self.csrf if csrf is None else csrf
        body = urlencode({"csrf": token, **fields}, doseq=True)
        return self._ask("POST", path, body.encode(), {"content-type": FORM})

    def upload(self, path: str, name: str, content: bytes, file: str = "people.csv", **fields: str) -> Answer:
        """Send a form with a file in it, which is called `file`."""
        edge = "----edge"
        parts = [
            f'--{edge}\r\ncontent-disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in {"csrf": self.csrf, **fields}.items()
        ]
        head = (
            f'--{edge}\r\ncontent-disposition: form-data; name="{name}"; filename="{file}"\r\n'
            "content-type: text/csv\r\n\r\n"
        )
        body = b"".join([*parts, head.encode(), content, f"\r\n--{edge}--\r\n".encode()])
        return self._ask("POST", path, body, {"content-type": f"multipart/form-data; boundary={edge}"})

    @property
    def csrf(self) -> str:
        """The token of any page of this session."""
        at, reader = self.at, _Token()
        reader.feed(self.get("/desk" if self.signed_in else "/desk/in").text)
        self.at = at
        return reader.token

    @property
    def signed_in(self) -> bool:
        return any(name.endswith("desk") and value for name, value in self.cookies.items())

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        answer = self.client.ask(method, path, body, self._sent(headers))
        for line in answer.headers.get_all("set-cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        self.at = path
        if answer.status in (302, 303):
            split = urlsplit(answer.headers["location"])
            return self._ask("GET", split.path + (f"?{split.query}" if split.query else ""), None, {})
        return answer

    def _sent(self, headers: dict[str, str]) -> dict[str, str]:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items() if value)
        return {**headers, **({"cookie": kept} if kept else {})}


class _Token(HTMLParser):
    token = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input" and found.get("name") == "csrf":
            self.token = found.get("value") or ""
