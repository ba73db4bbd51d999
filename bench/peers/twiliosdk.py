"""Twilio's own SDK as its documentation uses it: async with aiohttp, or in threads. No ledger.

python twiliosdk.py async|threads URL COUNT CONNECTIONS   with SSL_CERT_FILE and REQUESTS_CA_BUNDLE set.
"""

import asyncio
import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from twilio.http.async_http_client import AsyncTwilioHttpClient  # type: ignore[import-untyped]  # the SDK has no types
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]  # the SDK has no types
from twilio.rest import Client  # type: ignore[import-untyped]  # the SDK has no types

SID = "AC" + "0123456789abcdef" * 2
BODY = "Eastmarch Police: there is no threat to you. Read on at https://letters.example.org/w/abcdefghijklmnopqrstuv "
HOOK = "https://letters.example.org/hooks/twilio/status/abcdefghijklmnopqrstuvwxyz-1"


def message(number: int) -> dict[str, object]:
    return {
        "to": f"+447700900{number % 1000:03}",
        "from_": "Example",
        "body": f"{BODY}{number}",
        "status_callback": HOOK,
        "validity_period": 36000,
        "smart_encoded": False,
    }


async def in_loop(url: str, count: int, connections: int) -> None:
    async with AsyncTwilioHttpClient() as http:
        client = Client(SID, "token", http_client=http)
        client.api.base_url = url
        waiting = list(range(count))

        async def work() -> None:
            while waiting:
                await client.messages.create_async(**message(waiting.pop()))

        await asyncio.gather(*(work() for _ in range(connections)))


def in_threads(url: str, count: int, connections: int) -> None:
    client = Client(SID, "token", http_client=TwilioHttpClient())
    client.api.base_url = url
    with ThreadPoolExecutor(connections) as pool:
        for _ in pool.map(lambda number: client.messages.create(**message(number)), range(count)):
            pass


if __name__ == "__main__":
    way, url, count, connections = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    start = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_SELF)
    if way == "async":
        asyncio.run(in_loop(url, count, connections))
    else:
        in_threads(url, count, connections)
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"count": count, "seconds": time.perf_counter() - start, "cpu": cpu}))
