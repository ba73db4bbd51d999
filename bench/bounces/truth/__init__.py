"""What is true of each message of the corpora: the rule is in README.md beside the tables."""

from pathlib import Path

ALLOWED: dict[str, frozenset[int]] = {
    "dead": frozenset({0, 1, 3}),
    "closed": frozenset({0, 1, 3}),
    "full": frozenset({0, 3}),
    "unreached": frozenset({0, 3}),
    "unstated": frozenset({0, 3}),
    "ours": frozenset({0}),
    "delay": frozenset({0}),
    "complaint": frozenset({0}),
    "none": frozenset({0}),
}
"""What may be made of it: 1 strikes the address off at once, 3 counts until it came three times, 0 never does."""

KINDS = tuple(ALLOWED)

_KIND_OF_CATEGORY = {"recipient": "dead", "network": "unreached"}
_ANSWERS = {
    "552 5.1.1 Boite du destinataire pleine.": "full",
    "421 mwinf5c63 ME Trop de connexions": "ours",
    # Filed under "recipient": the server says that it is not responsible for the domain.
    "553 sorry, that domain isn't in my list of allowed rcpthosts": "ours",
}


def table(corpus: str) -> dict[str, str]:
    """The truth of each message of a corpus, by its name."""
    lines = Path(__file__).with_name(f"{corpus}.tsv").read_text().splitlines()
    return {line.split("\t")[0]: line.split("\t")[1] for line in lines}


def of_answer(answer: str, category: str) -> str:
    """The truth of an answer on zone-mta's list: what its category says, but for three that were read."""
    read = next((kind for start, kind in _ANSWERS.items() if answer.startswith(start)), "")
    return read or _KIND_OF_CATEGORY.get(category, "ours")
