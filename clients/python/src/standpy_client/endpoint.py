"""Endpoints and tokens as users write them. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}
_OWN_PATHS = ("/execute", "/info", "/healthz", "/metrics")


class Endpoint(NamedTuple):
    """path: that of the engine, without a slash at its end; empty without a router."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """As the field Host has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def engine(self) -> str:
        """What a router calls the engine; empty without a router."""
        return self.path.rpartition("/")[2]

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def parse_endpoint(text: str) -> Endpoint:
    """Raises ValueError with a sentence that says how to write it."""
    if not isinstance(text, str):
        raise TypeError(f"the endpoint must be a string such as http://standpy-router/engine, not {text!r}")
    text = text.strip()
    if not text:
        raise ValueError("the endpoint is empty; it must be a URL such as http://standpy-router/engine")
    if re.search(r"[\x00-\x20\x7f\\]", text):
        raise ValueError("the endpoint has a space, a backslash or a control character in it")
    parts = _split(text)
    host = _host(text, parts)
    if "@" in parts.netloc:
        raise ValueError("the endpoint must not have a user or password in it; pass the token as the token")
    if "?" in text or "#" in text:
        raise ValueError(
            f"the endpoint {text!r} must end with the engine's name, without a query (?) or fragment (#)"
        )
    path = parts.path.rstrip("/")
    for own in _OWN_PATHS:
        if path.endswith(own):
            shorter = text.rstrip("/")[: -len(own)]
            raise ValueError(f"the endpoint must not end with {own}; it is {shorter}")
    if not path.isascii():
        raise ValueError(f"the endpoint {text!r} has a path that is not ASCII; write such characters as %XX")
    return Endpoint(parts.scheme, host, _port(text, parts), path)


def _split(text: str) -> SplitResult:
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        raise ValueError(
            f"the endpoint {_without_user(text)!r} has no scheme; did you mean http://{_without_user(text)}?"
        )
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise ValueError(f"the endpoint is no URL: {error}") from None
    if parts.scheme not in _PORTS:
        raise ValueError(f"the endpoint must begin with http:// or https://, not with {parts.scheme}://")
    return parts


def _without_user(text: str) -> str:
    return text.rpartition("@")[2]


def _host(text: str, parts: SplitResult) -> str:
    host = parts.hostname
    if not host:
        raise ValueError(
            f"the endpoint {_without_user(text)!r} names no host; it must be like http://standpy-router/engine"
        )
    try:
        encoded = host.encode("idna").decode("ascii")  # refuses labels of more than 63 characters, too
        return host if host.isascii() else encoded
    except UnicodeError:
        raise ValueError(f"the endpoint's host {host!r} is no name of a host") from None


def _port(text: str, parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError(f"the endpoint {_without_user(text)!r} has a port that is no number from 1 to 65535")
    return port or _PORTS[parts.scheme]


def parse_token(token: str | None) -> str | None:
    """None if there is none. Raises ValueError, which never shows the token."""
    if token is None:
        return None
    if not isinstance(token, str):
        raise TypeError(f"the token must be a string, not {type(token).__name__}")
    if not token:
        raise ValueError("the token is empty; leave it out if the engine has none")
    if "\n" in token or "\r" in token:
        raise ValueError(
            "the token has a line break in it; was it read from a file? Then strip it, or use token_file"
        )
    if re.search(r"[^\x21-\x7e]", token):
        raise ValueError("the token has a space, a control character or a character beyond ASCII in it")
    return token
