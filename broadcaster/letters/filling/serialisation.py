"""Skeletons as bytes for the ledger: JSON with a format number, so that other versions can refuse them."""

import json
from base64 import b64decode, b64encode
from typing import Any, cast

from broadcaster.domain.language.language_tags import Direction
from broadcaster.letters.filling.mime import EmailSender
from broadcaster.letters.filling.skeleton import EmailSkeleton, Skeleton, SmsSkeleton
from broadcaster.letters.model.errors import SkeletonFormatError
from broadcaster.letters.rendering.fragments import Fragments, Gap, GapPlace

FORMAT = 1

_Json = dict[str, Any]


def dump_skeleton(skeleton: Skeleton) -> bytes:
    """A skeleton for the ledger."""
    content: _Json = {
        "format": FORMAT,
        "key": skeleton.key.hex(),
        "language": skeleton.language,
        "direction": skeleton.direction,
    }
    if isinstance(skeleton, SmsSkeleton):
        content["sms"] = _pieces_to_lists(skeleton.fragments)
    else:
        content |= _encode_email(skeleton)
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def load_skeleton(stored: bytes) -> Skeleton:
    """The skeleton that `dump_skeleton` stored. Raises SkeletonFormatError."""
    try:
        content = json.loads(stored)
        if content["format"] != FORMAT:
            raise SkeletonFormatError("this skeleton was stored by another version of broadcaster")
        return _decode_skeleton(content)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise SkeletonFormatError("this is not a stored skeleton") from error


def _encode_email(skeleton: EmailSkeleton) -> _Json:
    sender = skeleton.sender
    logo = None if sender.logo is None else b64encode(sender.logo).decode("ascii")
    return {
        "sender": [sender.from_name, sender.from_address, sender.reply_to, sender.list_id, logo],
        "subject": _pieces_to_lists(skeleton.subject_fragments),
        "text": _pieces_to_lists(skeleton.text_fragments),
        "html": _pieces_to_lists(skeleton.html_fragments),
        "links": [[_pieces_to_lists(text), _pieces_to_lists(target)] for text, target in skeleton.body_links],
        "hosts": sorted(skeleton.hosts),
        "preheader": _pieces_to_lists(skeleton.preheader_fragments),
    }


def _decode_skeleton(content: _Json) -> Skeleton:
    key, language = bytes.fromhex(content["key"]), str(content["language"])
    direction = cast("Direction", content["direction"])
    if direction not in ("ltr", "rtl"):
        raise ValueError(direction)
    if "sms" in content:
        return SmsSkeleton(key, language, direction, _pieces_from_lists(content["sms"]))
    from_name, from_address, reply_to, list_id, logo = content["sender"]
    return EmailSkeleton(
        key,
        language,
        direction,
        EmailSender(from_name, from_address, reply_to, list_id, None if logo is None else b64decode(logo)),
        _pieces_from_lists(content["subject"]),
        _pieces_from_lists(content["text"]),
        _pieces_from_lists(content["html"]),
        tuple((_pieces_from_lists(text), _pieces_from_lists(target)) for text, target in content["links"]),
        frozenset(content["hosts"]),
        _pieces_from_lists(content.get("preheader", [])),  # older skeletons have none
    )


def _pieces_to_lists(fragments: Fragments) -> list[object]:
    return [fragment if isinstance(fragment, str) else [fragment.place, fragment.value] for fragment in fragments]


def _pieces_from_lists(listed: list[Any]) -> Fragments:
    return tuple(
        fragment if isinstance(fragment, str) else Gap(GapPlace(fragment[0]), fragment[1]) for fragment in listed
    )
