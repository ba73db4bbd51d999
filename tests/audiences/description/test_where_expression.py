import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.audiences.description.where_expression import WhereError, WhereExpression

FIELDS = {"name": "Amina", "borough": "Brent", "language": "ar", "items": "three"}


def where(source: str) -> WhereExpression:
    return WhereExpression(source, "audiences/x.yaml", 7)


@pytest.mark.parametrize(
    ("source", "belongs"),
    [
        ("recipient.borough == 'Brent'", True),
        ("recipient.borough in ['Barnet', 'Camden']", False),
        ("recipient.borough not in ('Barnet',)", True),
        ("recipient.borough|lower == 'brent' and not recipient.language == 'en'", True),
        ("recipient['borough']|trim|upper == 'BRENT' or recipient.name < 'B'", True),
        ("recipient.items == 'three'", True),
        ("recipient.name", True),
        ("'ren' in recipient.borough", True),
        ("recipient.borough == '}}'", False),
    ],
)
def test_who_belongs(source: str, belongs: bool) -> None:
    assert where(source).matches(FIELDS) is belongs


@pytest.mark.parametrize(
    "source",
    [
        "",
        "recipient",
        "name == 'Amina'",
        "recipient.name.upper()",
        "recipient.__class__",
        "recipient.name.__class__.__mro__",
        "recipient['name']['__class__']",
        "recipient.keys()",
        "'a' * 1000000000",
        "recipient.name * 10",
        "recipient.name ~ 'x' == 'y'",
        "recipient.age > 18",
        "recipient.name == none",
        "recipient.name == true",
        "range(10)",
        "recipient.name|replace('a', 'b') == 'x'",
        "recipient.name|upper('x') == 'x'",
        "recipient.name is defined",
        "'x' if recipient.name else 'y'",
        "recipient.name }}{{ recipient.name",
        "recipient.name == 'a' }}{% for x in 'aaa' %}{% endfor %}{{ 'b'",
        "{'a': recipient.name}",
        "recipient[recipient.name]",
        "recipient.name[0:1]",
        "lipsum(5)",
        "self.x",
        "((((((",
        "(" * 1900,
        "not " * 490 + "recipient.name",
        "'" + "x" * 2000 + "'",
        "-recipient.name",
        "recipient.name == '\\N{'",
    ],
)
def test_what_is_refused_says_where_it_stands(source: str) -> None:
    with pytest.raises(WhereError) as caught:
        where(source).matches(FIELDS)
    assert (caught.value.file, caught.value.line) == ("audiences/x.yaml", 7)
    assert caught.value.remedy


def test_an_unknown_column_is_named_by_the_ones_there_are() -> None:
    with pytest.raises(WhereError) as caught:
        where("recipient.burough == 'x'").matches(FIELDS)
    assert "borough" in caught.value.remedy


@pytest.mark.parametrize("column", ["keys", "get", "pop", "__class__"])
def test_a_method_of_a_dict_is_no_column(column: str) -> None:
    with pytest.raises(WhereError):
        where(f"recipient.{column}").matches({"name": "x"})


@given(st.text("recipint.name'\"()[]{}|=<>!+-*%~, \nandotis#", max_size=60))
def test_any_text_is_an_expression_or_refused(source: str) -> None:
    try:
        assert isinstance(where(source).matches(FIELDS), bool)
    except WhereError as error:
        assert error.line == 7
