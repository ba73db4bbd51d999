"""The invented gateway of the toy, on loopback, with a ledger of its own."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

KEY = "a key for tests"


class ToyStandIn:
    """`taken` are the texts it has. `words` is an error that it answers instead; "" for none, `drop` hangs up before it
    takes a text, `drop-after` once it has.
    """

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.key = KEY
        self.words = ""
        house = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                text = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if self.headers["x-toy-key"] != house.key:
                    self._say(401, {"error": "bad-key"})
                elif house.words == "drop":
                    self.close_connection = True
                elif house.words and house.words != "drop-after":
                    self._say(500 if house.words == "broken" else 422, {"error": house.words})
                else:
                    house.taken.append(text)
                    if house.words == "drop-after":
                        self.close_connection = True
                    else:
                        self._say(202, {"reference": f"toy-{len(house.taken)}"})

            def do_GET(self) -> None:
                if self.headers["x-toy-key"] != house.key:
                    self._say(401, {"error": "bad-key"})
                else:
                    known = self.path.removeprefix("/texts/") in {text["id"] for text in house.taken}
                    self._say(200 if known else 404, {})

            def _say(self, status: int, document: dict[str, str]) -> None:
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                del format, args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
