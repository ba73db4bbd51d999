"""pysendgrid.py helper|anymail LETTER BATCHES PORT: what these do with the letter, a thousand recipients a request."""

import importlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any


def helper(letter: dict[str, Any], port: str) -> None:
    """The official helper: objects for everything."""
    sdk = importlib.import_module("sendgrid")
    parts = importlib.import_module("sendgrid.helpers.mail")
    mail = parts.Mail(from_email=parts.From(letter["from"]["email"], letter["from"]["name"]))
    mail.reply_to = parts.ReplyTo(letter["reply_to"])
    mail.add_content(parts.Content("text/plain", letter["text"]))
    mail.add_content(parts.Content("text/html", letter["html"]))
    for name, value in letter["headers"].items():
        mail.add_header(parts.Header(name, value))
    mail.tracking_settings = parts.TrackingSettings(parts.ClickTracking(False, False), parts.OpenTracking(False))
    for one in letter["people"]:
        person = parts.Personalization()
        person.add_to(parts.To(one["email"], one["name"]))
        person.subject = one["subject"]
        for tag, value in one["substitutions"].items():
            person.add_substitution(parts.Substitution(tag, value))
        for name, value in one["headers"].items():
            person.add_header(parts.Header(name, value))
        person.add_custom_arg(parts.CustomArg("attempt_id", one["attempt_id"]))
        mail.add_personalization(person)
    sdk.SendGridAPIClient("SG.bench", host=f"http://127.0.0.1:{port}").send(mail)


def anymail(letter: dict[str, Any], port: str) -> None:
    """django-anymail's backend, with merge data; each one's subject is not in its reach, so all have the same."""
    settings = importlib.import_module("django.conf").settings
    if not settings.configured:
        settings.configure(
            EMAIL_BACKEND="anymail.backends.sendgrid.EmailBackend",
            ANYMAIL={
                "SENDGRID_API_KEY": "SG.bench",
                "SENDGRID_API_URL": f"http://127.0.0.1:{port}/v3/",
                "SENDGRID_MERGE_FIELD_FORMAT": "{}",
                "SENDGRID_GENERATE_MESSAGE_ID": False,
            },
        )
    people = letter["people"]
    message = importlib.import_module("anymail.message").AnymailMessage(
        subject=people[0]["subject"],
        body=letter["text"],
        from_email=f'"{letter["from"]["name"]}" <{letter["from"]["email"]}>',
        to=[f"{one['name']} <{one['email']}>" for one in people],
        reply_to=[letter["reply_to"]],
        headers=letter["headers"],
    )
    message.attach_alternative(letter["html"], "text/html")
    message.merge_data = {one["email"]: one["substitutions"] for one in people}
    message.merge_headers = {one["email"]: one["headers"] for one in people}
    message.merge_metadata = {one["email"]: {"attempt_id": one["attempt_id"]} for one in people}
    message.track_clicks = message.track_opens = False
    message.send()


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    way, file, batches, port = sys.argv[1:]
    letter = json.loads(Path(file).read_text("utf-8"))
    send = {"helper": helper, "anymail": anymail}[way]
    send({**letter, "people": letter["people"][:1]}, port)  # loads what it needs
    before, start = cpu(), time.perf_counter()
    for _ in range(int(batches)):
        send(letter, port)
    done = {
        "count": len(letter["people"]) * int(batches),
        "seconds": time.perf_counter() - start,
        "cpu": cpu() - before,
    }
    print(json.dumps(done))
