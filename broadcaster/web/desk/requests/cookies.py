"""The desk's cookies, and the token that stands in every form for the one that came with it."""

import secrets
from urllib.parse import urlsplit

from litestar.datastructures import Cookie

from broadcaster.services.project.project import ProjectView


def csrf_token(project: ProjectView, secret: str) -> str:
    """The token that belongs to the secret of a cookie; none for no cookie."""
    return project.keyring.sign(f"csrf\0{secret}".encode())[:43] if secret else ""


def _is_https(project: ProjectView) -> bool:
    return urlsplit(project.settings.public_url or "").scheme == "https"


def session_cookie(project: ProjectView) -> str:
    """The name of the cookie with the session's secret; browsers hold `__Host-` to https and to this very host."""
    return "__Host-desk" if _is_https(project) else "desk"


def visitor_cookie(project: ProjectView) -> str:
    """The name of the cookie of somebody who has not signed in yet, of whose value their forms' token is made."""
    return "__Host-desk_visitor" if _is_https(project) else "desk_visitor"


def device_cookie(project: ProjectView) -> str:
    """The name of the cookie of a device from which somebody has signed in before (`services/access/known_devices`)."""
    return "__Host-desk_device" if _is_https(project) else "desk_device"


def session_bound_cookie(project: ProjectView, name: str, value: str) -> Cookie:
    """A cookie that scripts cannot read and that ends with the browser."""
    return Cookie(key=name, value=value, path="/", httponly=True, secure=_is_https(project), samesite="lax")


def lasting_cookie(project: ProjectView, name: str, value: str) -> Cookie:
    """The same that the browser keeps for a year."""
    kept = session_bound_cookie(project, name, value)
    kept.max_age = 365 * 24 * 3600
    return kept


def new_visitor_secret() -> str:
    """The secret of a visitor's cookie."""
    return secrets.token_urlsafe(24)
