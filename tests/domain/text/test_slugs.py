"""Names made of titles."""

from broadcaster.domain.text.slugs import free_slug, slug_of


def test_slugs() -> None:
    assert slug_of("  Réassurance: November 2026! ") == "reassurance-november-2026"
    assert slug_of("x" * 99 + " y") == "x" * 48
    assert slug_of("ﷺ !") in ("", "s")


def test_a_name_that_is_taken_or_reserved_gets_the_next_number() -> None:
    taken = {"all-is-calm", "all-is-calm-2", "letter"}
    assert free_slug("All is calm!", "letter", taken.__contains__) == "all-is-calm-3"
    assert free_slug("New", "letter", taken.__contains__) == "new-2"
    assert free_slug("…", "letter", taken.__contains__) == "letter-2"
    assert free_slug("Something else", "letter", taken.__contains__) == "something-else"
