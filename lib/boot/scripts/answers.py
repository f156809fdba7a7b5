"""answers.py ADDRESS PORT HOST PATH INTERVAL STATUS: asks once, as the proxy would, whether an app answers, with STATUS if that is
not empty. Fails with what is missing. (curl, too, would do, but for the local stack, which has none.)"""

import http.client
import sys

TIMEOUT = 10

address, port, host, path, _, status = sys.argv[1:]
connection = http.client.HTTPConnection(address, int(port), timeout=TIMEOUT)
try:
    connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": host, "X-Forwarded-Proto": "https", "Connection": "close"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse().status
except (OSError, http.client.HTTPException) as error:
    sys.exit(f"port {port} does not answer by HTTP: {error or type(error).__name__}")
if status and answer != int(status):
    sys.exit(f"it answers {path} with the status {answer}, and not with {status}")
