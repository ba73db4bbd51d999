"""Writing at the desk: looked at without being saved, told when somebody else was quicker, compared and put back."""

import re
from html import unescape
from pathlib import Path

from broadcaster.letters.reading.template_files import MAX_BYTES
from broadcaster.services.writing import saving
from broadcaster.services.writing.starter_text import STARTER_WORDS
from tests.projects import CAMPAIGN, LETTER
from tests.web import stage
from tests.web.conftest import House
from tests.web.desk.conftest import As

EDIT = f"/desk/letters/{LETTER}/en/edit?mode=source"


def digest(page: str) -> str:
    found = re.search(r'name="digest" value="(\w+)"', page)
    assert found is not None
    return found[1]


def typed(page: str) -> str:
    """What stands in the page's text field, as a browser shows it: the first line end in it is none."""
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert found is not None
    return unescape(found[1]).removeprefix("\n")


def fields(page: str) -> dict[str, str]:
    """What stands in the page's fields, by name."""
    found = re.findall(r'<textarea [^>]*?id="f-(\w+)"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    return {name: unescape(text).removeprefix("\n") for name, text in found}


def english(house: House) -> Path:
    return house.folder / "templates" / LETTER / "en.md"


def framed(page: str) -> str:
    """Where the frame with the email asks for it."""
    found = re.search(r'<iframe[^>]* src="([^"]+)"', page)
    assert found is not None
    return unescape(found[1])


def limit(house: House) -> None:
    """Let the author work with an audience that no campaign writes to."""
    config = house.folder / "config.yaml"
    text = config.read_text("utf-8")
    config.write_text(text.replace("  amina:\n", "  amina:\n    audiences: [elsewhere]\n", 1), "utf-8")


def test_looking_saves_nothing_and_shows_what_is_wrong(house: House, enter: As) -> None:
    author = enter("author")
    before = stage.ledger(house.folder)["audit"]
    wrong = stage.ENGLISH.replace("recipient.borough", "recipient.borough.upper()")
    shown = author.post(f"/desk/letters/{LETTER}/en/try", text=wrong)
    assert shown.status == 200
    assert "problems" in shown.text
    fine = author.post(f"/desk/letters/{LETTER}/en/try", text=stage.ENGLISH.replace("all is well", "all is quiet"))
    assert "problems" not in fine.text
    assert "all is quiet" in fine.text
    frame = author.get(framed(fine.text))
    assert "all is quiet" in frame.text
    assert frame.headers["x-frame-options"] == "SAMEORIGIN"
    assert "sandbox" in frame.headers["content-security-policy"]
    assert "all is quiet" not in (house.folder / "templates" / LETTER / "en.md").read_text("utf-8")
    assert stage.ledger(house.folder)["audit"] == before


def test_who_is_second_is_told_and_decides(house: House, enter: As) -> None:
    first, second = enter("author"), enter("admin")
    began = digest(first.get(EDIT).text)
    mine, theirs = stage.ENGLISH + "\nmine", stage.ENGLISH + "\ntheirs"
    assert second.post(EDIT, do="save", digest=began, text=theirs).status == 200
    refused = first.post(EDIT, do="save", digest=began, text=mine)
    assert refused.status == 409
    assert "Saved by Wen-Mei" in refused.text
    assert re.search(r"<ins>.*mine", refused.text)
    assert re.search(r"<del>.*theirs", refused.text)
    assert first.post(EDIT, do="save", digest=digest(refused.text), text=mine).status == 200
    assert (house.folder / "templates" / LETTER / "en.md").read_text("utf-8").endswith("mine\n")
    shown = first.get(f"/desk/letters/{LETTER}/en/revisions").text
    assert "Wen-Mei Calloway" in shown
    older = re.search(r"edit\?revision=(\d+)", shown)
    assert older is not None
    assert "theirs" in typed(first.get(f"{EDIT}&revision={older[1]}").text)


def test_an_email_that_is_not_saved_is_its_writers_own(house: House, enter: As) -> None:
    author = enter("author")
    where = framed(author.get(EDIT).text)
    assert "all is well" in author.get(where).text
    assert enter("admin").get(where).status == 404
    assert author.get(where[:-1]).status == 404


def test_each_problem_leads_to_its_line(house: House, enter: As) -> None:
    author = enter("author")
    wrong = stage.ENGLISH.replace("all is well", "all is {{ recipient.borough.upper() }}", 1)
    for page in (author.post(f"/desk/letters/{LETTER}/en/try", text=wrong), author.post(EDIT, do="look", text=wrong)):
        lines = re.findall(r'data-line="(\d+)"', page.text)
        assert lines == ["5"]
        assert unescape(page.text.partition('class="excerpt"')[2]).partition(">")[2].startswith("all is {{ recipient")


def test_what_can_be_put_in_is_what_this_letter_may_print(house: House, enter: As) -> None:
    shown = unescape(enter("author").get(EDIT).text)
    offered = re.findall(r'data-insert="([^"]+)"', shown)
    for code in (
        *("{{ recipient.borough }}", "{{ recipient.channel }}", "{{ helplines['report'].number }}"),
        *("{{ organisation.name }}", "{{ signatory.email }}", "{{ campaign.date }}", "{{ links.check }}"),
    ):
        assert code in offered
        assert f"<code>{code}</code>" in shown  # without scripts it can be copied


FIELDS = EDIT.partition("?")[0]
WRITTEN = {
    "subject": "Tea for ((name))",
    "body": "Dear ((name)),\n\nall is quiet.",
    "sms": "((name)): tea.",
    "preheader": "",
}


def test_a_letter_is_written_in_fields_without_code(house: House, enter: As) -> None:
    author = enter("author")
    page = author.get(FIELDS).text
    shown = fields(page)
    assert shown["body"].startswith("Dear ((name)),\n\nall is well in **((borough))**.")
    assert not re.search(r"[{}]", "".join(shown.values()))
    assert "Counts as 1 text (" in page
    assert author.post(FIELDS, do="save", digest=digest(page), **shown).status == 200
    assert english(house).read_text("utf-8") == stage.ENGLISH  # nothing was changed
    more = shown | {"subject": "Tea for ((name))"}
    assert author.post(FIELDS, do="save", digest=digest(page), **more).status == 200
    subject = "News for {{ recipient.name }} from {{ organisation.name }}"
    assert english(house).read_text("utf-8") == stage.ENGLISH.replace(subject, "Tea for {{ recipient.name }}")


def test_what_is_wrong_in_a_field_stands_beside_it_and_nothing_typed_is_lost(house: House, enter: As) -> None:
    author = enter("author")
    began = digest(author.get(FIELDS).text)
    wrong = WRITTEN | {"body": "Dear ((nme)),\n\nall is {{ quiet }}.", "subject": ""}
    refused = author.post(FIELDS, do="save", digest=began, **wrong)
    assert refused.status == 422
    assert fields(refused.text) == wrong
    assert "<title>Error:" in refused.text
    assert re.search(r'role="alert".*?href="#f-body"', refused.text, re.DOTALL)
    assert [name for name in wrong if re.search(rf'<textarea id="f-{name}"[^>]*aria-invalid', refused.text)] == [
        "subject",
        "body",
    ]
    beside = refused.text.partition('id="p-body"')[2].partition("<textarea")[0]
    assert "Write ((name)) if that is meant" in beside
    assert "how other programs write code" in beside
    assert english(house).read_text("utf-8") == stage.ENGLISH
    live = author.post(f"{FIELDS.removesuffix('edit')}try", **wrong).text
    assert re.search(r'id="p-body"[^>]*hx-swap-oob', live)
    assert "((nme))" in live
    assert "all is quiet." in author.post(f"{FIELDS.removesuffix('edit')}try", **WRITTEN).text


def test_two_people_writing_in_fields_are_told_without_code(house: House, enter: As) -> None:
    first, second = enter("author"), enter("admin")
    began = digest(first.get(FIELDS).text)
    assert second.post(FIELDS, do="save", digest=began, **WRITTEN).status == 200
    mine = WRITTEN | {"body": "Dear ((name)),\n\nall is calm."}
    refused = first.post(FIELDS, do="save", digest=began, **mine)
    assert refused.status == 409
    assert "<del>quiet</del><ins>calm</ins>" in refused.text
    assert fields(refused.text) == mine
    assert "{{" not in refused.text
    assert first.post(FIELDS, do="save", digest=digest(refused.text), **mine).status == 200
    assert "all is calm." in english(house).read_text("utf-8")


def test_a_letter_that_needs_more_opens_as_source_and_any_can(house: House, enter: As) -> None:
    author = enter("author")
    assert set(fields(author.get(EDIT).text)) == {"text"}
    assert set(fields(author.get(FIELDS).text)) == {"subject", "body", "sms", "preheader"}
    english(house).write_text("{% set a = 'b' %}" + stage.ENGLISH, "utf-8")
    opened = author.get(FIELDS).text
    assert set(fields(opened)) == {"text"}
    assert "fields cannot show line 1 of it" in opened


def test_a_first_text_is_told_in_plain_words(house: House, enter: As) -> None:
    limit(house)
    author = enter("author")
    given = {"title": "Tea on Friday", "kind": "public-task", "signatory": "officer", "language": "en"}
    page = author.post("/desk/letters/new", **given).text
    assert page.count("the first text is still here. Put your words in its place.") == 3
    assert "never_say" not in page
    assert "letter.yaml" not in page


def test_a_revision_is_put_back_unless_somebody_was_quicker(house: House, enter: As) -> None:
    first, second = enter("author"), enter("admin")
    pages, at = (f"/desk/letters/{LETTER}/en/{one}" for one in ("revisions", "put-back"))
    for text in ("one", "two"):
        first.post(EDIT, do="save", digest=digest(first.get(EDIT).text), text=text)
    shown = first.get(pages).text
    numbers = re.findall(r'name="revision" value="(\d+)"', shown)
    assert len(numbers) == 2  # what it says now is not put back
    second.post(EDIT, do="save", digest=digest(second.get(EDIT).text), text="three")
    refused = first.post(at, revision=numbers[0], digest=digest(shown))
    assert (refused.status, typed(refused.text)) == (409, "one\n")
    assert english(house).read_text("utf-8") == "three\n"
    done = first.post(at, revision=numbers[0], digest=digest(first.get(pages).text))
    assert (done.status, english(house).read_text("utf-8")) == (200, "one\n")
    kept = [(one.content, one.by) for one in saving.list_revisions(house.project, LETTER, "en")]
    assert kept[:2] == [("one\n", "amina"), ("three\n", "wenmei")]
    for number in ("0", "999", "x", ""):
        assert first.post(at, revision=number, digest=digest(first.get(pages).text)).status == 404
    other = f"/desk/letters/{LETTER}/ar/put-back"
    assert first.post(other, revision=numbers[0], digest="").status == 404  # of another language


def test_any_two_are_compared_word_by_word(house: House, enter: As) -> None:
    author = enter("author")
    for words in ("all is quiet", "all is quiet again"):
        text = stage.ENGLISH.replace("all is well", words)
        author.post(EDIT, do="save", digest=digest(author.get(EDIT).text), text=text)
    pages = f"/desk/letters/{LETTER}/en/revisions"
    kept = [str(one.seq) for one in saving.list_revisions(house.project, LETTER, "en")]
    assert "all is quiet<ins> again</ins> in" in author.get(pages).text
    whole = author.get(f"{pages}?older={kept[2]}&newer={kept[0]}").text
    assert "all is <del>well</del><ins>quiet again</ins> in" in whole
    english(house).write_text(text.replace("quiet again", "over"), "utf-8")
    assert "all is <del>quiet again</del><ins>over</ins> in" in author.get(pages).text


def test_only_looking_keeps_what_was_typed_and_saves_nothing(house: House, enter: As) -> None:
    author = enter("author")
    began, before = digest(author.get(EDIT).text), stage.ledger(house.folder)["audit"]
    text = "\n\n" + stage.ENGLISH.replace("all is well", "all is quiet")
    looked = author.post(EDIT, do="look", digest=began, text=text.replace("\n", "\r\n"))
    assert looked.status == 200
    assert typed(looked.text) == text
    assert digest(looked.text) == began
    assert "all is quiet" in looked.text.partition('id="draft"')[2]
    assert english(house).read_text("utf-8") == stage.ENGLISH
    assert stage.ledger(house.folder)["audit"] == before


def test_what_no_letter_can_be_is_refused_with_its_words_kept(house: House, enter: As) -> None:
    author = enter("author")
    began = digest(author.get(EDIT).text)
    for text, said in (("word " * (MAX_BYTES // 4), "longer than a letter can be"), ("\n  \n", "This text is empty")):
        refused = author.post(EDIT, do="save", digest=began, text=text)
        assert refused.status == 422
        assert (typed(refused.text), digest(refused.text)) == (text, began)
        assert said in refused.text.partition('role="alert"')[2]
        looked = author.post(EDIT, do="look", digest=began, text=text)
        assert (looked.status, typed(looked.text)) == (200, text)
        live = author.post(f"/desk/letters/{LETTER}/en/try", text=text)
        assert live.status == 200
        assert said in live.text
    assert english(house).read_text("utf-8") == stage.ENGLISH


def test_the_page_of_two_versions_keeps_the_first_empty_line(house: House, enter: As) -> None:
    author = enter("author")
    refused = author.post(EDIT, do="save", digest="of another one", text="\nmine")
    assert refused.status == 409
    assert typed(refused.text) == "\nmine"


def test_a_file_that_is_no_text_is_told_of_clearly(house: House, enter: As) -> None:
    author = enter("author")
    english(house).write_bytes("Grüße".encode("latin-1"))
    for page in (EDIT, f"/desk/letters/{LETTER}/en/revisions"):
        answer = author.get(page)
        assert answer.status == 422
        assert "not UTF-8" in answer.text
        assert "en.md:1" in answer.text
    whole = author.get(f"/desk/letters/{LETTER}")
    assert whole.status == 200
    assert "not UTF-8" in whole.text
    assert "كل شيء بخير" in whole.text  # the languages that can be read are shown


def test_only_languages_that_can_go_out_are_offered(house: House, enter: As) -> None:
    author = enter("author")
    offered = re.findall(rf"/letters/{LETTER}/([\w-]+)/edit", author.get(f"/desk/letters/{LETTER}").text)
    assert sorted(offered) == ["ar", "bn", "en", "so", "ur"]
    for language in ("xx", "EN", "fr"):
        assert author.get(f"/desk/letters/{LETTER}/{language}/edit").status == 404
        assert author.post(f"/desk/letters/{LETTER}/{language}/edit", do="save", digest="", text="x").status == 404


def test_a_letter_that_goes_to_others_can_be_looked_at_only(house: House, enter: As) -> None:
    limit(house)
    author = enter("author")
    for page in (EDIT, f"/desk/letters/{LETTER}"):
        shown = author.get(page)
        assert shown.status == 200
        assert "audiences that you do not work with" in shown.text
        assert "all is well" in shown.text
    assert "<textarea" not in author.get(EDIT).text
    assert "/edit" not in author.get(f"/desk/letters/{LETTER}").text
    began = "0" * 64
    for do in ("save", "look"):
        assert author.post(EDIT, do=do, digest=began, text="mine").status == 403
    assert english(house).read_text("utf-8") == stage.ENGLISH


def test_the_list_says_what_each_letter_is_and_where_it_is_used(house: House, enter: As) -> None:
    author, limited = enter("author"), enter("admin")
    shown = author.get("/desk/letters").text
    assert "A greeting" in shown
    assert "what people must know" in shown
    assert "ready" in shown
    assert f"/desk/campaigns/{CAMPAIGN}" in shown
    assert "lags behind" not in shown
    text = stage.ENGLISH.replace("all is well", "all is quiet")
    author.post(EDIT, do="save", digest=digest(author.get(EDIT).text), text=text)
    for page in ("/desk/letters", f"/desk/letters/{LETTER}"):
        assert re.search(r"lags behind English.*Arabic|Arabic.*lags behind English", author.get(page).text, re.DOTALL)
    translating = author.get(f"/desk/letters/{LETTER}/ar/edit").text
    assert "English was changed after this was written" in translating
    assert "all is <del>well</del><ins>quiet</ins> in" in translating
    assert "was changed after this" not in author.get(EDIT).text
    wrong = text.replace("recipient.borough", "recipient.borough.upper()")
    english(house).write_text(wrong, "utf-8")
    assert "1 mistake" in author.get("/desk/letters").text
    limit(house)
    assert f"/desk/campaigns/{CAMPAIGN}" not in author.get("/desk/letters").text
    assert f"/desk/campaigns/{CAMPAIGN}" in limited.get("/desk/letters").text


def test_a_new_language_that_was_not_translated_is_kept_and_not_ready(house: House, enter: As) -> None:
    author, urdu = enter("author"), f"/desk/letters/{LETTER}/ur/edit?mode=source"
    begun = author.get(urdu).text
    assert typed(begun) == stage.ENGLISH
    for where in (urdu, f"/desk/letters/{LETTER}/ur/try"):
        assert "the body is still the English text" in author.post(where, do="look", digest="", text=typed(begun)).text
    saved = author.post(urdu, do="save", digest=digest(begun), text=typed(begun))
    assert saved.status == 200
    assert (house.folder / "templates" / LETTER / "ur.md").read_text("utf-8") == stage.ENGLISH
    page = author.get(f"/desk/letters/{LETTER}").text
    assert "This is still the English text, all of it or some." in page
    assert f"templates/{LETTER}/ur.md:2" in page
    listed = author.get("/desk/letters").text
    assert "not translated from English" in listed
    assert "3 mistakes" in listed
    assert "FIRST STRONG ISOLATE" not in page
    text = stage.ARABIC
    author.post(urdu, do="save", digest=digest(author.get(urdu).text), text=text)
    assert "still the English text" not in author.get(f"/desk/letters/{LETTER}").text
    assert "ready" in author.get("/desk/letters").text


def test_a_letter_is_begun_at_the_desk_and_written(house: House, enter: As) -> None:
    limit(house)  # one that no campaign sends is anybody's
    author = enter("author")
    given = {"title": "Tea on Friday", "kind": "campaign", "signatory": "officer", "language": "ar"}
    page = author.post("/desk/letters/new", **given, helpline="report")
    assert page.status == 200
    assert author.at.startswith("/desk/letters/tea-on-friday/ar/edit")
    written = fields(page.text)
    assert "((Police, not an emergency: number))" in written["body"]
    assert not re.search(r"[{}]", "".join(written.values()))
    written |= {"subject": "شاي يوم الجمعة"}
    written |= {name: written[name].replace(STARTER_WORDS["ar"].yours, "كل شيء بخير") for name in ("body", "sms")}
    author.post("/desk/letters/tea-on-friday/ar/edit", do="save", digest=digest(page.text), **written)
    assert "ready" in author.get("/desk/letters").text.partition("tea-on-friday")[2]


def test_what_a_new_letter_lacks_is_asked_for_with_the_rest_kept(house: House, enter: As) -> None:
    author = enter("author")
    given = {"title": "Tea & cake", "kind": "spam", "signatory": "officer", "language": "ur", "helpline": "report"}
    refused = author.post("/desk/letters/new", **given)
    assert refused.status == 422
    assert 'role="alert"' in refused.text
    for kept in ('value="Tea &amp; cake"', 'value="officer" required checked', 'value="report" checked'):
        assert kept in refused.text
    assert re.search(r'value="ur" selected', refused.text)
    assert sorted(path.name for path in (house.folder / "templates").iterdir()) == ["_frames", LETTER]


def test_the_first_language_stands_beside_its_translation_and_what_is_left_is_counted(house: House, enter: As) -> None:
    author, place = enter("author"), f"/desk/letters/{LETTER}/ur"
    begun = author.get(f"{place}/edit").text
    assert "4 paragraphs are still in English." in begun
    assert re.search(r'<p lang="en" dir="ltr">all is well in', begun)
    written = fields(begun)
    one_less = written | {"subject": "سب خیریت ہے"}
    for answer in (
        author.post(f"{place}/edit", do="look", digest=digest(begun), **one_less),
        author.post(f"{place}/try", **one_less),
    ):
        assert "3 paragraphs are still in English." in answer.text
    assert 'class="beside"' not in author.get(EDIT).text
