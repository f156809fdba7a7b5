"""Does one habit after the other in /app/media and tells how each went, as JSON."""

import json
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import habits


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.lstrip("/")
        result = self.run(habits.ALL[name]) if name in habits.ALL else sorted(habits.ALL)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(result).encode())

    def run(self, habit):
        start = time.monotonic()
        try:
            told = habit()
        except Exception:
            return {"error": traceback.format_exc()}
        return {"told": told, "seconds": time.monotonic() - start}


ThreadingHTTPServer(("", 80), Handler).serve_forever()
