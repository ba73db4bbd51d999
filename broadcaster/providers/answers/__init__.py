"""The meaning of mail servers' answers, whether they come by SMTP, in a bounce, or in a relay's report."""

from broadcaster.providers.answers.answer_reading import milder_meaning, read_answer, says_anything
from broadcaster.providers.answers.answer_topics import AnswerTopic
from broadcaster.providers.answers.statuses import (
    STRIKE_AT_ONCE,
    STRIKE_NEVER,
    STRIKE_THIRD_TIME,
    AnswerMeaning,
    meaning_of_status,
)
from broadcaster.providers.answers.topic_patterns import find_topics

__all__ = [
    "STRIKE_AT_ONCE",
    "STRIKE_NEVER",
    "STRIKE_THIRD_TIME",
    "AnswerMeaning",
    "AnswerTopic",
    "find_topics",
    "meaning_of_status",
    "milder_meaning",
    "read_answer",
    "says_anything",
]
