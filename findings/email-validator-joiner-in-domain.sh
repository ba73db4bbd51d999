#!/bin/sh
# email-validator 2.4.0 refuses an address on a domain that is plain ASCII (xn--mgba3gch31f060k) when it stands for a name
# with a zero width non-joiner, and the same domain in its own letters. RFC 5892, appendix A.1 allows that character
# where the script needs it, as in Persian; idna 3.20 decodes the domain and encodes it back to the same. Seen with
# email-validator 2.4.0 and idna 3.20: "The email address contains unsafe characters: ZERO WIDTH NON-JOINER."
# Exit 0: it still does so. Exit 1: it behaves in another way now, and audiences/addresses/emails.py may be made simpler.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check email-validator==2.4.0 idna==3.20
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import idna
from email_validator import EmailNotValidError, validate_email

domain = "xn--mgba3gch31f060k.example"
letters = idna.decode(domain)
back = idna.encode(letters).decode()
answers = []
for address in (f"amina@{domain}", f"amina@{letters}"):
    try:
        validate_email(address, check_deliverability=False, test_environment=True)
        answers.append("taken")
    except EmailNotValidError as error:
        answers.append(str(error))
print(f"idna: {domain} is {letters!a} and back {back}; email-validator: {answers}")
sys.exit(0 if back == domain and all("NON-JOINER" in answer for answer in answers) else 1)
PYTHON
