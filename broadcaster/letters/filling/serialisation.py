"""Skeletons as bytes, for the ledger: JSON, so that another version can say that it cannot read them."""

import json
from base64 import b64decode, b64encode
from typing import Any, cast

from broadcaster.domain.language.language_tags import Direction
from broadcaster.letters.filling.mime import EmailSender
from broadcaster.letters.filling.skeleton import EmailSkeleton, Skeleton, SmsSkeleton
from broadcaster.letters.model.errors import SkeletonFormatError
from broadcaster.letters.rendering.fragments import Gap, GapPlace, Pieces

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
        content["sms"] = _pieces_to_lists(skeleton.pieces)
    else:
        content |= _encode_email(skeleton)
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def load_skeleton(stored: bytes) -> Skeleton:
    """The skeleton that was stored. SkeletonFormatError when the bytes are no skeleton."""
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
        "subject": _pieces_to_lists(skeleton.subject_pieces),
        "text": _pieces_to_lists(skeleton.text_pieces),
        "html": _pieces_to_lists(skeleton.html_pieces),
        "links": [[_pieces_to_lists(text), _pieces_to_lists(target)] for text, target in skeleton.body_links],
        "hosts": sorted(skeleton.hosts),
        "preheader": _pieces_to_lists(skeleton.preheader_pieces),
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
        _pieces_from_lists(content.get("preheader", [])),  # what was stored before there were any has none
    )


def _pieces_to_lists(pieces: Pieces) -> list[object]:
    return [piece if isinstance(piece, str) else [piece.place, piece.value] for piece in pieces]


def _pieces_from_lists(listed: list[Any]) -> Pieces:
    return tuple(piece if isinstance(piece, str) else Gap(GapPlace(piece[0]), piece[1]) for piece in listed)
