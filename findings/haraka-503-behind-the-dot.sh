#!/bin/sh
# Haraka 3.3.4 offers PIPELINING and answers 503 to a MAIL that came in one write with the end of a message. RFC 2920,
# section 3.1, lets RSET, MAIL and RCPT follow there; a client that goes by it sees its second message turned down. It is
# meant so (a guard against smuggling), yet PIPELINING stays among what is offered. Seen with Node.js 20.20.2.
# Exit 0: it still does so. Exit 1: it behaves in another way now. Needs node, npm and python3.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund Haraka@3.3.4
mkdir -p here/config here/plugins
cp node_modules/Haraka/config/connection.ini here/config/
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
echo "listen=127.0.0.1:$port" >here/config/smtp.ini
echo mx.example >here/config/me
echo taken >here/config/plugins
cat >here/plugins/taken.js <<'JS'
exports.hook_rcpt = (next) => next(OK);
exports.hook_queue = (next) => next(OK);
JS
node node_modules/Haraka/bin/haraka -c here >here/log 2>&1 &
server=$!
python3 - "$port" <<'PYTHON'
import socket
import sys
import time

for _ in range(300):
    try:
        talk = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 60)
        break
    except OSError:
        time.sleep(0.2)
lines = talk.makefile("rb")


def reply() -> str:
    while (line := lines.readline().decode())[3:4] == "-":
        offered.append(line[4:].strip())
    offered.append(line[4:].strip())
    return line.strip()


def say(text: str, replies: int) -> list[str]:
    talk.sendall(text.replace("\n", "\r\n").encode())
    return [reply() for _ in range(replies)]


offered: list[str] = []
envelope = "MAIL FROM:<a@client.example>\nRCPT TO:<b@mx.example>\nDATA\n"
body = "From: a@client.example\nDate: Sun, 29 Nov 2026 10:00:00 +0000\n\nhello\n.\n"
reply()
say("EHLO client.example\n", 1)
pipelining = "PIPELINING" in offered
together = [one[:3] for one in say(envelope, 3)]
behind = [one[:3] for one in say(body + envelope, 4)]
waited = [one[:3] for one in say("RSET\n", 1) + say(envelope, 3)]
print(f"PIPELINING offered: {pipelining}; MAIL, RCPT, DATA: {together}; the dot, and the same behind it: {behind}; after it: {waited}")
seen = (pipelining, together, behind, waited)
sys.exit(0 if seen == (True, ["250", "250", "354"], ["250", "503", "503", "503"], ["250", "250", "250", "354"]) else 1)
PYTHON
