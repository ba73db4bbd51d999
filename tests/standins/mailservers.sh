#!/bin/sh
# Fetches real mail servers for tests into a folder, without installing them: Debian's Exim and OpenSMTPD, which would
# throw each other and Postfix out, and Haraka from npm. As root: it installs the libraries that they need, and makes the
# users that they run as.
#   sh tests/standins/mailservers.sh DIR
#   MAIL_SERVERS=DIR scripts/test -m long tests/services/test_real_mail_servers.py
set -eu
place=${1:?"where to put them"}
mkdir -p "$place/packages" "$place/debian" "$place/haraka"
place=$(cd "$place" && pwd)
(
    cd "$place/packages"
    apt-get install --yes --no-install-recommends libidn12 libevent-2.1-7 libdb5.3 libpcre2-8-0 libnsl2
    apt-get download exim4-daemon-light exim4-base opensmtpd
    for package in *.deb; do
        dpkg-deb -x "$package" "$place/debian"
    done
)
for user in Debian-exim opensmtpd opensmtpq; do
    getent passwd "$user" >/dev/null || useradd --system --no-create-home --shell /usr/sbin/nologin "$user"
done
cd "$place/haraka"
[ -f package.json ] || npm init --yes >/dev/null
npm install --no-audit --no-fund Haraka@3.3.4
