"""Looking over a letter as people would get it: the words of each skeleton once, length and cost for each person."""

from typing import Any

from broadcaster.domain.channels import Channel
from broadcaster.domain.problems import Level, Problem
from broadcaster.letters import EmailSkeleton, Skeleton
from broadcaster.letters.lint import LONGEST_SUBJECT, MOST_SEGMENTS, Rules, Sample, lint
from broadcaster.services.links import sample_links
from broadcaster.services.prospects import Prospect, Prospects
from broadcaster.services.sender import sender

PROBLEMS_KEPT = 200
"""One long letter must not print a line for each of a million people."""


class Examination:
    """Lints the letter of `prospects` while they are walked; afterwards `problems` holds what was found."""

    def __init__(self, prospects: Prospects) -> None:
        self._prospects = prospects
        self._links = sample_links(prospects.project.settings.public_url)
        self._sender = sender(prospects)
        self._skeletons: dict[tuple[Channel, bytes], Skeleton] = {}
        self._source = f"templates/{prospects.letter.name}"
        self._rules = Rules(
            never_say=prospects.letter.never_say,
            must_say=prospects.letter.must_say,
            allowed_hosts=prospects.allowed_hosts,
        )
        self.problems: list[Problem] = []
        self.errors = 0
        self._seen: set[Problem] = set()

    def look_at(self, prospect: Prospect) -> int:
        """Look at one person's message; how many text segments it takes (0 for an email)."""
        place = (prospect.channel, prospect.trace.skeleton)
        new = place not in self._skeletons
        if new:
            self._skeletons[place] = self._prospects.compile(prospect, self._sender)
        skeleton, values = self._skeletons[place], prospect.trace.values
        if isinstance(skeleton, EmailSkeleton):
            subject = skeleton.subject(values, self._links)
            if new:
                text, links = skeleton.text(values, self._links), skeleton.links_in(values, self._links)
                self._lint(self._sample(prospect, subject=subject, text=text, links=links))
            elif len(subject) > LONGEST_SUBJECT:
                self._person(prospect, "subject-too-long", f"the subject has {len(subject)} characters")
            return 0
        message = skeleton.fill(values, self._links)
        if new:
            self._lint(self._sample(prospect, sms=message.body))
        elif message.segments > MOST_SEGMENTS:
            self._person(
                prospect, "sms-too-long", f"the text message takes {message.segments} segments ({message.encoding})"
            )
        return message.segments

    def _sample(self, prospect: Prospect, **parts: Any) -> Sample:
        return Sample(prospect.language, f"{self._source}/{prospect.language}.md", **parts)

    def _lint(self, sample: Sample) -> None:
        for problem in lint(sample, self._rules):
            # Two skeletons of one language share most of their words, and so most of what is wrong with them.
            if problem not in self._seen:
                self._seen.add(problem)
                self._keep(problem)

    def _person(self, prospect: Prospect, code: str, what: str) -> None:
        remedy = "Shorten the letter, or what this row puts into it."
        self._keep(
            Problem.error(
                code, f"for this person {what}", remedy, file=prospect.audience.roster_name, line=prospect.recipient.row
            )
        )

    def _keep(self, problem: Problem) -> None:
        self.errors += problem.level is Level.ERROR
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(problem)
