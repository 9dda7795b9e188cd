"""Idle and slow connections, to the proxy and to the server itself: idle.py URL DIRECT-URL PASSWORD.

With 300 connections open to each, a half of them with a request that is begun and not ended, others are served.
"""

import base64
import os
import socket
import ssl
import sys
import urllib.parse
import urllib.request

URL, DIRECT, PASSWORD = sys.argv[1:4]
TRUST = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])


def connect(url):
    at = urllib.parse.urlsplit(url)
    s = socket.create_connection((at.hostname, at.port), timeout=30)
    return TRUST.wrap_socket(s, server_hostname=at.hostname) if at.scheme == "https" else s


held = []
for url in (URL, DIRECT):
    for i in range(300):
        s = connect(url)
        if i % 2:
            s.sendall(b"PROPFIND /dav/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        held.append(s)

for url in (URL, DIRECT):
    r = urllib.request.Request(url + "/dav/calendars/alice/", method="PROPFIND", headers={"Depth": "1"})
    r.add_header("Authorization", "Basic " + base64.b64encode(b"alice:" + PASSWORD.encode()).decode())
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=TRUST))
    with opener.open(r, timeout=60) as answer:
        assert answer.status == 207, answer.status
        assert b"default" in answer.read()
