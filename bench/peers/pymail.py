"""pymail.py WAY LETTER PORT COUNT CONNECTIONS: what Python's usual ways do with COUNT messages of the letter.

WAY is aiosmtplib (the standard library's EmailMessage, one task per connection) or django (EmailMultiAlternatives, one
thread per kept connection). Runs in a virtual environment of its own, not in the project's.
"""

import asyncio
import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any


def fill(text: str, number: int) -> str:
    return text.replace("{{name}}", f"Person {number}").replace("{{link}}", f"https://letters.example.org/{number}")


def compose(letter: dict[str, str], number: int) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Desk <desk@example.org>"
    message["To"] = f"person{number}@example.net"
    message["Subject"] = fill(letter["subject"], number)
    message["Message-ID"] = make_msgid(domain="letters.example")
    message.set_content(fill(letter["text"], number))
    message.add_alternative(fill(letter["html"], number), subtype="html")
    return message


async def by_aiosmtplib(letter: dict[str, str], port: int, count: int, connections: int) -> None:
    import aiosmtplib  # type: ignore[import-not-found]  # noqa: PLC0415  only in the peers' environment

    numbers = iter(range(count))

    async def worker() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            for number in numbers:
                message = compose(letter, number)
                await client.send_message(message, sender=f"bounces+{number}@example.org")

    await asyncio.gather(*(worker() for _ in range(connections)))


def by_django(letter: dict[str, str], port: int, count: int, connections: int) -> None:
    from django.conf import settings  # type: ignore[import-not-found]  # noqa: PLC0415  only in the peers' environment
    from django.core import mail  # type: ignore[import-not-found]  # noqa: PLC0415  only in the peers' environment

    settings.configure(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, USE_TZ=True)

    def worker(first: int) -> None:
        with mail.get_connection() as connection:
            for number in range(first, count, connections):
                message: Any = mail.EmailMultiAlternatives(
                    fill(letter["subject"], number),
                    fill(letter["text"], number),
                    f"bounces+{number}@example.org",
                    [f"person{number}@example.net"],
                    connection=connection,
                )
                message.attach_alternative(fill(letter["html"], number), "text/html")
                message.send()

    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(worker, range(connections)))


def main() -> None:
    way, file, port, count, connections = sys.argv[1:]
    letter = json.loads(Path(file).read_text())
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    if way == "aiosmtplib":
        asyncio.run(by_aiosmtplib(letter, int(port), int(count), int(connections)))
    else:
        by_django(letter, int(port), int(count), int(connections))
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"count": int(count), "seconds": time.perf_counter() - start, "cpu": cpu}))


if __name__ == "__main__":
    main()
