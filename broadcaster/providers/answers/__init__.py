"""What mail servers answer, read into one meaning: by SMTP itself, by bounces and by the relays that repeat them."""

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
