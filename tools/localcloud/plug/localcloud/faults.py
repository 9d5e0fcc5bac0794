"""WSGI front that makes chosen requests fail or wait, as faults.json in the cloud's root says (tests write it).

Each entry: id, service, method, path (regular expression, searched in the path), skip (matching requests that pass
first), count (how many are hit then), status (None: only wait), message, delay_seconds, moment ("before": the request
never reaches the service; "after": the service does it, and only the answer is lost).
"""

import json
import re
import threading
import time

from localcloud import settings

FILE = settings.ROOT / "faults.json"


class FaultInjection:
    def __init__(self, service, application):
        self._service, self._application = service, application
        self._lock = threading.Lock()
        self._stamp, self._faults = None, []
        self._seen = {}                          # id -> how many matching requests came

    def __call__(self, environ, start_response):
        fault = self._hit(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""))
        if fault is None:
            return self._application(environ, start_response)
        time.sleep(fault["delay_seconds"])
        if fault["status"] is None:
            return self._application(environ, start_response)
        if fault["moment"] == "after":
            self._swallow(environ)
        body = json.dumps({"error": {"code": fault["status"], "title": "Injected", "message": fault["message"]}}).encode()
        start_response(f"{fault['status']} Injected", [("Content-Type", "application/json"),
                                                       ("Content-Length", str(len(body)))])
        return [body]

    def _hit(self, method, path):
        with self._lock:
            self._reload()
            for fault in self._faults:
                if fault["service"] == self._service and fault["method"] in ("*", method) \
                        and re.search(fault["path"], path):
                    seen = self._seen[fault["id"]] = self._seen.get(fault["id"], 0) + 1
                    if fault["skip"] < seen <= fault["skip"] + fault["count"]:
                        return fault
        return None

    def _reload(self):
        try:
            stat = FILE.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
        except FileNotFoundError:
            stamp = None
        if stamp != self._stamp:
            self._stamp = stamp
            self._faults = json.loads(FILE.read_text()) if stamp else []
            self._seen = {}

    def _swallow(self, environ):
        answer = self._application(environ, lambda *_: lambda _: None)
        for _ in answer:
            continue
        if hasattr(answer, "close"):
            answer.close()
