"""Skeletons as bytes, for the ledger: JSON, so that another version can say that it cannot read them."""

import json
from base64 import b64decode, b64encode
from typing import Any, cast

from broadcaster.domain.languages import Direction
from broadcaster.letters.errors import SkeletonFormatError
from broadcaster.letters.fragments import Gap, Pieces, Place
from broadcaster.letters.mime import Sender
from broadcaster.letters.skeleton import EmailSkeleton, Skeleton, SmsSkeleton

FORMAT = 1

_Json = dict[str, Any]


def dumps(skeleton: Skeleton) -> bytes:
    """A skeleton for the ledger."""
    content: _Json = {
        "format": FORMAT,
        "key": skeleton.key.hex(),
        "language": skeleton.language,
        "direction": skeleton.direction,
    }
    if isinstance(skeleton, SmsSkeleton):
        content["sms"] = _listed(skeleton.pieces)
    else:
        content |= _email(skeleton)
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def loads(stored: bytes) -> Skeleton:
    """The skeleton that was stored. SkeletonFormatError when the bytes are no skeleton."""
    try:
        content = json.loads(stored)
        if content["format"] != FORMAT:
            raise SkeletonFormatError("this skeleton was stored by another version of broadcaster")
        return _loaded(content)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise SkeletonFormatError("this is not a stored skeleton") from error


def _email(skeleton: EmailSkeleton) -> _Json:
    sender = skeleton.sender
    logo = None if sender.logo is None else b64encode(sender.logo).decode("ascii")
    return {
        "sender": [sender.from_name, sender.from_address, sender.reply_to, sender.list_id, logo],
        "subject": _listed(skeleton.subject_pieces),
        "text": _listed(skeleton.text_pieces),
        "html": _listed(skeleton.html_pieces),
        "links": [[_listed(text), _listed(target)] for text, target in skeleton.body_links],
        "hosts": sorted(skeleton.hosts),
        "preheader": _listed(skeleton.preheader_pieces),
    }


def _loaded(content: _Json) -> Skeleton:
    key, language = bytes.fromhex(content["key"]), str(content["language"])
    direction = cast("Direction", content["direction"])
    if direction not in ("ltr", "rtl"):
        raise ValueError(direction)
    if "sms" in content:
        return SmsSkeleton(key, language, direction, _pieces(content["sms"]))
    from_name, from_address, reply_to, list_id, logo = content["sender"]
    return EmailSkeleton(
        key,
        language,
        direction,
        Sender(from_name, from_address, reply_to, list_id, None if logo is None else b64decode(logo)),
        _pieces(content["subject"]),
        _pieces(content["text"]),
        _pieces(content["html"]),
        tuple((_pieces(text), _pieces(target)) for text, target in content["links"]),
        frozenset(content["hosts"]),
        _pieces(content.get("preheader", [])),  # what was stored before there were any has none
    )


def _listed(pieces: Pieces) -> list[object]:
    return [piece if isinstance(piece, str) else [piece.place, piece.value] for piece in pieces]


def _pieces(listed: list[Any]) -> Pieces:
    return tuple(piece if isinstance(piece, str) else Gap(Place(piece[0]), piece[1]) for piece in listed)
