"""The container's health check: asks the service of the same container whether it is ready."""

import os
import ssl
import urllib.request

# The certificate names the public address, not loopback; nothing secret is sent or believed.
CONTEXT = ssl._create_unverified_context()
SCHEME = "https" if os.environ.get("CDS_TLS_CERTIFICATE") else "http"
URL = f"{SCHEME}://127.0.0.1:{os.environ.get('CDS_PORT', '8080')}/readyz"

urllib.request.urlopen(URL, timeout=2, context=CONTEXT if SCHEME == "https" else None).close()
