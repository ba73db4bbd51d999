"""The words of mail servers that tell what an answer is about: a table of patterns over plain English. Pure.

Read before this was written, and not used:

- flufl.bounce 6.0.0 (Apache-2.0) finds the addresses in a bounce and tells lasting from passing failures, but not what
  a failure is about: of 300 messages that are about the sender it calls 258 permanent failures of the address. Our
  return path names the delivery already, so that finding addresses is of no use.
- Sisimai's tables (BSD-2-Clause) sort answers into some thirty reasons. They are Perl, Go and Ruby, none is on PyPI,
  and the first table that matches wins: there a doubtful answer becomes "userunknown" as easily as anything else, where
  we must lean the other way.
- zone-mta's list (EUPL-1.2) has forms of one server each, in JavaScript's expressions, and a licence that ours cannot
  take in.

All three are what `bench.bounces` measures this table against.
"""

import re
from collections.abc import Mapping
from functools import cache

from broadcaster.providers.answers.about_the_address import ABOUT_THE_ADDRESS
from broadcaster.providers.answers.about_us import ABOUT_US
from broadcaster.providers.answers.answer_topics import AnswerTopic

_ADDRESS = re.compile(r"""<?[^\s<>"'(]+@[^\s<>"':;,)]+>?""")
_URL = re.compile(r"\b(?:https?://|www\.)([\w.-]+)\S*")
_CODES = re.compile(r"(?:(?<=\s)|^)[245]\d\d[- ]+(?:#?[245]\.\d{1,3}\.\d{1,3}\s)?")
"""What each line of a reply begins with: no words."""

_LIMIT = 2000


def find_topics(words: str) -> frozenset[AnswerTopic]:
    """What the words of an answer speak of; of several things, all. At most the first 2,000 characters are read.

    Addresses are no words (a recipient whose name is "spam" is no spam), nor is what stands in a link behind its host.
    """
    plain = _URL.sub(r" \1 ", _ADDRESS.sub(" <> ", words[:_LIMIT]))
    plain = " ".join(_CODES.sub(" ", plain.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")).lower().split())
    return frozenset(sign for sign, pattern in _compiled_patterns().items() if pattern.search(plain))


@cache
def _compiled_patterns() -> Mapping[AnswerTopic, re.Pattern[str]]:
    """Compiled when the first answer is read, for that takes longer than most commands do without it."""
    return {sign: re.compile(words, re.VERBOSE) for sign, words in (ABOUT_US | ABOUT_THE_ADDRESS).items()}
