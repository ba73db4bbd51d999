"""What mail servers answer, read into one meaning: by SMTP itself, by bounces and by the relays that repeat them."""

from broadcaster.providers.answers.reading import milder, read_answer, speaks
from broadcaster.providers.answers.sign import Sign
from broadcaster.providers.answers.signs import signs
from broadcaster.providers.answers.statuses import AT_ONCE, NEVER, THIRD_TIME, Meaning, meaning

__all__ = ["AT_ONCE", "NEVER", "THIRD_TIME", "Meaning", "Sign", "meaning", "milder", "read_answer", "signs", "speaks"]
