"""What the plan says of text messages beyond their number: dearer ones, doubtful edges, and saying no."""

from pathlib import Path

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.planning.plan import Plan, plan_campaign
from broadcaster.services.setup.project_check import check_project
from tests.commandline import Run
from tests.projects import CAMPAIGN, person, write_roster
from tests.services.stage import AR, EN, edit


def planned(folder: Path) -> Plan:
    with open_project(folder) as project:
        return plan_campaign(project, project.campaign(CAMPAIGN))


def texted(number: int, name: str, **more: str) -> dict[str, str]:
    return person(number, name=name, email="", phone=f"+4477009001{number:02d}", **more)


def test_one_character_in_a_name_that_makes_a_text_dearer(folder: Path, run: Run) -> None:
    rows = [texted(1, "Ann Bell"), texted(2, "Łukasz Bell"), texted(3, "Zoë Śliwa"), texted(4, "محمد", language="ar")]
    write_roster(folder, rows)
    (problem,) = [one for one in planned(folder).problems if one.code == "name-makes-text-dearer"]
    assert problem.message.startswith("2 of 3 text messages in en cost 2 segments more")
    assert problem.remedy.startswith("Without {{ recipient.name }} in the sms block they would cost 2 less")
    assert (problem.file, problem.line) == (EN, 9)
    assert "Zo" not in problem.message + problem.remedy
    assert "name-makes-text-dearer" in run("plan", CAMPAIGN).out
    with open_project(folder) as project:  # nothing is wrong with the letter
        assert "name-makes-text-dearer" not in {one.code for one in check_project(project)}


def test_a_letter_that_is_dear_by_itself_is_no_fault_of_a_name(folder: Path) -> None:
    edit(folder, EN, "all is well, {{", "all is ωell, {{")
    write_roster(folder, [texted(1, "Łukasz Bell"), texted(2, "محمد", language="ar"), person(3, name="Łukasz Bell")])
    assert "name-makes-text-dearer" not in {one.code for one in planned(folder).problems}


def test_a_text_near_an_edge_takes_perhaps_one_more(folder: Path, run: Run) -> None:
    # 67 units to a segment: the 67th and 68th are a letter and the sign on it.
    edit(folder, AR, "كل شيء بخير، {{ recipient.name }}. {{ links.web }}", f"{'ع' * 66}بَ{'ع' * 20}")
    write_roster(folder, [texted(1, "Ann Bell", language="ar")])
    made = planned(folder)
    assert (made.sms_segments, made.sms_segments_at_most) == (2, 2)
    edit(folder, AR, f"{'ع' * 66}بَ{'ع' * 20}", f"{'ع' * 66}بَ{'ع' * 66}")
    made = planned(folder)
    assert (made.sms_segments, made.sms_segments_at_most) == (2, 3)
    assert "2, perhaps 3" in run("plan", CAMPAIGN).out
    said = run("plan", CAMPAIGN, "--json").json
    assert (said["sms_segments"], said["sms_segments_at_most"]) == (2, 3)
    assert "2 segments, perhaps 3" in run("preview", "greeting", "--audience", "neighbours").out


def test_a_text_says_how_to_say_no_or_the_plan_says_that_it_does_not(folder: Path, run: Run) -> None:
    assert planned(folder).texts_without_no == ("ar", "en")
    assert "the text messages do not say how (ar, en)" in " ".join(run("plan", CAMPAIGN).out.split())
    edit(folder, EN, "{{ recipient.name }}. {{ links.web }}", "{{ recipient.name }}. Reply STOP to end.")
    assert planned(folder).texts_without_no == ("ar",)
    assert run("plan", CAMPAIGN, "--json").json["texts_without_no"] == ["ar"]
    edit(folder, AR, "{{ recipient.name }}. {{ links.web }}", "{{ recipient.name }}. {{ links.unsubscribe }}")
    assert planned(folder).texts_without_no == ()
    assert "do not say how" not in run("plan", CAMPAIGN).out
