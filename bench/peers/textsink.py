"""A server that says 201 to every text, over TLS, as Twilio does; in a process of its own.

python textsink.py CA_FILE   writes its authority's certificate there, prints its port, serves until its input ends.
"""

import asyncio
import json
import ssl
import sys
from pathlib import Path

import trustme

_SID = "0123456789abcdef" * 2
_MADE = {
    "account_sid": f"AC{_SID}",
    "api_version": "2010-04-01",
    "body": "x" * 160,
    "date_created": "Tue, 01 Dec 2026 09:00:00 +0000",
    "date_sent": None,
    "date_updated": "Tue, 01 Dec 2026 09:00:00 +0000",
    "direction": "outbound-api",
    "error_code": None,
    "error_message": None,
    "from": "Example",
    "messaging_service_sid": None,
    "num_media": "0",
    "num_segments": "1",
    "price": None,
    "price_unit": None,
    "sid": f"SM{_SID}",
    "status": "queued",
    "subresource_uris": {"media": f"/2010-04-01/Accounts/AC{_SID}/Messages/SM{_SID}/Media.json"},
    "to": "+447700900000",
    "uri": f"/2010-04-01/Accounts/AC{_SID}/Messages/SM{_SID}.json",
}
_BODY = json.dumps(_MADE).encode()
_HEAD = f"HTTP/1.1 201 CREATED\r\nContent-Type: application/json;charset=utf-8\r\nContent-Length: {len(_BODY)}\r\n\r\n"
ANSWER = _HEAD.encode() + _BODY


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            begin = head.index(b"content-length:") + 15
            await reader.readexactly(int(head[begin : head.index(b"\r\n", begin)]))
            writer.write(ANSWER)
    except (asyncio.IncompleteReadError, OSError):
        writer.close()


async def main(authority: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
