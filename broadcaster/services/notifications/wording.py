"""The wording of notifications. It names no campaign, audience, letter or recipient.

Others may read a message on a locked telephone or on the mail server. The desk shows what it is about.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from broadcaster.domain.notifications import ALARMING_MATTERS, TOLD_ONCE, NotificationMatter
from broadcaster.services.notifications.pending import DueNotification

SingularAndPlural = tuple[str, str]
"""A sentence about one, and about `{n}` of them."""

SENTENCES: Mapping[str, Mapping[NotificationMatter, SingularAndPlural]] = {
    "en": {
        NotificationMatter.ALARM: (
            "An approved letter may not go out as it was meant.",
            "{n} approved letters may not go out as they were meant.",
        ),
        NotificationMatter.HALT: (
            "A broadcast was halted. Nothing of it goes out until somebody lets it go on.",
            "{n} broadcasts were halted. Nothing of them goes out until somebody lets them go on.",
        ),
        NotificationMatter.CAME_BACK: (
            "Many messages of a broadcast came back for one reason that is ours, not the recipients'. See Home.",
            "Many messages of {n} broadcasts came back for reasons that are ours, not the recipients'. See Home.",
        ),
        NotificationMatter.URGENT_REPLY: (
            "An urgent reply came in. Somebody may be in danger: read it now.",
            "{n} urgent replies came in. Somebody may be in danger: read them now.",
        ),
        NotificationMatter.TO_DECIDE: (
            "A letter was submitted. It waits for you to approve or reject it.",
            "{n} letters were submitted. They wait for you to approve or reject them.",
        ),
        NotificationMatter.WAITING: (
            "An approved letter needs somebody before it can go out.",
            "{n} approved letters need somebody before they can go out.",
        ),
        NotificationMatter.REJECTED: ("What you submitted was rejected.", "{n} of your submissions were rejected."),
        NotificationMatter.RESUBMIT: (
            "What you submitted was changed before it was approved. Submit it again.",
            "{n} of your submissions were changed before they were approved. Submit them again.",
        ),
        NotificationMatter.APPROVED: ("What you submitted was approved.", "{n} of your submissions were approved."),
    },
    # Sample translations: to be checked by native speakers before use.
    "ar": {
        NotificationMatter.ALARM: (
            "رسالة تمت الموافقة عليها قد لا تخرج كما أُريد لها.",
            "رسائل تمت الموافقة عليها، عددها {n}، قد لا تخرج كما أُريد لها.",
        ),
        NotificationMatter.HALT: (
            "أوقف النظام إرسالا. لن يخرج منه شيء حتى يسمح أحد بمتابعته.",
            "أوقف النظام عمليات إرسال، عددها {n}. لن يخرج منها شيء حتى يسمح أحد بمتابعتها.",
        ),
        NotificationMatter.CAME_BACK: (
            "عادت رسائل كثيرة من إرسال واحد لسبب يعود إلينا لا إلى المتلقين. تجدونه في الصفحة الأولى.",
            "عادت رسائل كثيرة من عمليات إرسال، عددها {n}، لأسباب تعود إلينا لا إلى المتلقين. تجدونها في الصفحة الأولى.",
        ),
        NotificationMatter.URGENT_REPLY: (
            "وصل رد عاجل. قد يكون أحد في خطر: اقرؤوه الآن.",
            "وصلت ردود عاجلة، عددها {n}. قد يكون أحد في خطر: اقرؤوها الآن.",
        ),
        NotificationMatter.TO_DECIDE: (
            "قُدّمت رسالة وتنتظر موافقتكم أو رفضكم.",
            "قُدّمت رسائل، عددها {n}، وتنتظر موافقتكم أو رفضكم.",
        ),
        NotificationMatter.WAITING: (
            "رسالة تمت الموافقة عليها تحتاج إلى أحد قبل أن تخرج.",
            "رسائل تمت الموافقة عليها، عددها {n}، تحتاج إلى أحد قبل أن تخرج.",
        ),
        NotificationMatter.REJECTED: ("رُفض ما قدمتموه.", "رُفض مما قدمتموه: {n}."),
        NotificationMatter.RESUBMIT: (
            "تغيّر ما قدمتموه قبل الموافقة عليه. قدموه من جديد.",
            "تغيّر مما قدمتموه قبل الموافقة عليه: {n}. قدموها من جديد.",
        ),
        NotificationMatter.APPROVED: ("تمت الموافقة على ما قدمتموه.", "تمت الموافقة مما قدمتموه على: {n}."),
    },
}

SUBJECTS: Mapping[str, tuple[str, str, str, str]] = {
    "en": ("Alarm", "Something waits for you", "News of your submission", "Reminder: {what}"),
    "ar": ("إنذار", "شيء ينتظركم", "جديد ما قدمتموه", "تذكير: {what}"),
}
"""Subjects of emails: with an alarm, with something that waits, with news only, and as a reminder."""

FRAMES: Mapping[str, tuple[str, str]] = {
    "en": (
        "See: {where}",
        "This message was made by a machine. What it is about stands on the pages of the desk only. Who is told, and "
        "how, stands under “People” there.",
    ),
    "ar": (
        "انظروا: {where}",
        "كتبت هذه الرسالة آلة. لا يظهر موضوعها إلا على صفحات المكتب، وهناك تحت «الأشخاص» من يُبلَّغ وكيف.",
    ),
}

WITHOUT_LINK: Mapping[str, str] = {"en": "the desk, or `broadcaster status`", "ar": "المكتب، أو `broadcaster status`"}


@dataclass(frozen=True, slots=True)
class NotificationText:
    """A message in words: `subject` and `text` for an email, `short` for a text message."""

    subject: str
    text: str
    short: str


def compose_notification(due: Sequence[DueNotification], us: str, language: str, where: str) -> NotificationText:
    """One text about all due matters. `us` is the organisation, `where` the address of the desk or ""."""
    spoken = language.partition("-")[0].lower()
    spoken = spoken if spoken in SENTENCES else "en"
    counts = Counter(one.notification.matter for one in due)
    sentences = [
        SENTENCES[spoken][matter][min(counts[matter], 2) - 1].format(n=counts[matter])
        for matter in NotificationMatter
        if counts[matter]
    ]
    see, why = FRAMES[spoken]
    see = see.format(where=where or WITHOUT_LINK[spoken])
    text = "\n".join([*sentences, "", see, "", why, "", us, ""])
    return NotificationText(f"{us}: {_email_subject(due, spoken)}", text, " ".join([f"{us}:", *sentences, see]))


def _email_subject(due: Sequence[DueNotification], spoken: str) -> str:
    alarm, waits, news, reminder = SUBJECTS[spoken]
    matters = {one.notification.matter for one in due}
    what = alarm if matters & ALARMING_MATTERS else news if matters <= TOLD_ONCE else waits
    return reminder.format(what=what) if all(one.is_reminder for one in due) else what
