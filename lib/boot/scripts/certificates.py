"""certificates.py DOMAIN...: reads the log of a proxy that gets certificates for these domains, as Caddy writes it (JSON, a line
each). Prints a line whenever it changes which it has not, and why; an empty one once it has them all.

What the authority says is somebody else's text: it is printed as text, and cut."""

import json
import re
import sys

# The types of ACME errors that say what to do: https://www.rfc-editor.org/rfc/rfc8555#section-6.7
REASONS = {
    "dns": "waiting for DNS",
    "connection": "the domain does not lead to this VM",
    "unauthorized": "another server answers for the domain",
    "caa": "the domain's CAA records forbid it",
    "rejectedIdentifier": "the authority refuses the domain",
    "rateLimited": "the authority gives no more for now",
}
MOST_CHARACTERS = 300


def reason_of(error):
    """The authority's own words, after what the proxy did to get them, and before the URLs of the order."""
    text = re.sub(r", url: .*| \((order|ca)=.*", "", error, flags=re.DOTALL)
    said = re.search(r"HTTP \d+ urn:ietf:params:acme:error:(\w+).*", text, flags=re.DOTALL)
    kind = REASONS.get(said[1]) if said else None
    text = " ".join((said[0] if said else text).split())[:MOST_CHARACTERS]
    return f"{kind}: {text}" if kind else text


def event_of(line):
    # Most lines are of something else.
    if '"identifier"' not in line:
        return {}
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def note(event, domains, missing):
    """Whether the event says something of a certificate."""
    domain, message = event.get("identifier"), event.get("msg")
    if not isinstance(domain, str) or domain not in domains:
        return False
    renewal = event.get("logger") == "tls.renew"
    if message in ("certificate obtained successfully", "certificate renewed successfully"):
        missing.pop(domain, None)
    elif message == "could not get certificate from issuer":
        what = f"the certificate of {domain} is not renewed" if renewal else f"{domain} has no certificate yet"
        missing[domain] = f"{what}: {reason_of(str(event.get('error')))}"
    elif message == "obtaining certificate" and domain not in missing:
        missing[domain] = f"{domain} has no certificate yet: it has been asked for"
    else:
        return False
    return True


def main(domains):
    missing, said = {}, ""
    for line in sys.stdin:
        if note(event_of(line), domains, missing):
            text = "; ".join(missing[domain] for domain in sorted(missing))
            if text != said:
                print(text, flush=True)
            said = text


sys.stdin.reconfigure(encoding="utf-8", errors="replace")
sys.stdout.reconfigure(encoding="utf-8", errors="replace")
main(set(sys.argv[1:]))
