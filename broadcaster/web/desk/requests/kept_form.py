"""A form that came after its session had ended: it waits in the page where its sender signs in, and goes on from there.

Nothing of it is stored here. Its fields stand hidden in the browser's own page, and are sent along with name and
password.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from litestar.datastructures import FormMultiDict

from broadcaster.web.desk.requests.form_reading import SECRET_FIELDS
from broadcaster.web.desk.requests.return_path import safe_return_path

_ACTION = "kept_action"
_FIELD = "kept_field:"
"""What stands before the name of a field while it waits."""


@dataclass(frozen=True, slots=True)
class KeptForm:
    """Where the form was sent to, a path of the desk, and its fields in their order."""

    action: str
    fields: tuple[tuple[str, str], ...]

    @property
    def hidden_fields(self) -> list[tuple[str, str]]:
        """The fields that carry it through the page where one signs in."""
        return [(_ACTION, self.action), *((_FIELD + name, value) for name, value in self.fields)]


def keep_form(action: str, form: FormMultiDict) -> KeptForm:
    """The form without its secrets; files are none of its texts."""
    return KeptForm(action, tuple((name, value) for name, value in _texts(form) if name not in SECRET_FIELDS))


def carried_form(home: str, form: FormMultiDict) -> KeptForm | None:
    """The form that came along with name and password, if one did. `home` is the path of the desk."""
    action = form.get(_ACTION, "")
    if not isinstance(action, str) or not action or safe_return_path(home, action) != action:
        return None
    fields = [(name.removeprefix(_FIELD), value) for name, value in _texts(form) if name.startswith(_FIELD)]
    return KeptForm(action, tuple(one for one in fields if one[0] not in SECRET_FIELDS))


def _texts(form: FormMultiDict) -> Sequence[tuple[str, str]]:
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
