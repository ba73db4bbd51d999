#!/bin/sh
# dkimpy 1.1.8 signs List-Unsubscribe by itself and leaves List-Unsubscribe-Post unsigned. RFC 8058, section 4, asks for a
# signature over both, so that mail programs show no button for a message that was signed in this way.
# Exit 0: it still does so. Exit 1: it behaves in another way now. Needs python3.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check dkimpy==1.1.8 cryptography==46.0.3
"$folder/venv/bin/python" - <<'PYTHON'
import re
import sys

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
message = b"""\
From: a@sender.example\r
To: b@mailbox.example\r
Subject: News\r
List-Unsubscribe: <https://letters.example/u/1>\r
List-Unsubscribe-Post: List-Unsubscribe=One-Click\r
\r
hello\r
"""
line = re.sub(rb"\s+", b"", dkim.sign(message, b"s1", b"sender.example", key))
names = re.search(rb";h=([^;]*);", line)[1].decode().lower().split(":")
print("signed:", ", ".join(names))
sys.exit(0 if "list-unsubscribe" in names and "list-unsubscribe-post" not in names else 1)
PYTHON
