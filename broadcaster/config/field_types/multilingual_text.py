"""Texts of config.yaml that may differ by language: one text, or one for each language, as `{en: …, ar: …}`."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, GetCoreSchemaHandler, Tag
from pydantic_core import CoreSchema, core_schema

from broadcaster.config.field_types import scalars
from broadcaster.domain.language.multilingual_text import MultilingualText


def _check_shape(said: Any) -> Any:
    if isinstance(said, list):
        raise scalars.wrong_value(
            "a text is needed here, not a list", "Write one text, or one for each language: {en: …}."
        )
    if said == {}:
        raise scalars.wrong_value(
            "there is no text in any language here", "Write one text, or one for each language: {en: …}."
        )
    if isinstance(said, dict) and len({str(language).lower() for language in said}) < len(said):
        raise scalars.wrong_value("a language stands here twice", "Keep one text for each language.")
    return said


_WrittenText = Annotated[
    Annotated[scalars.Line, Tag("one")] | Annotated[dict[scalars.Language, scalars.Line], Tag("each")],
    Discriminator(lambda said: "each" if isinstance(said, dict) else "one"),
    BeforeValidator(_check_shape),
]


class _MultilingualTextType:
    """How such a text is read. What is wrong with one language's is told at its own line."""

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(MultilingualText.of, handler.generate_schema(_WrittenText))


MultilingualLine = Annotated[MultilingualText, _MultilingualTextType()]
