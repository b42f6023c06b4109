"""What of the Hugging Face Hub a push needs, on loopback: repositories, commits with their files inline, keys."""

import base64
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit


class HubServer:
    def __init__(self, fails=()):
        self.files, self.commits, self.created, self.keys, self.fails = {}, [], [], set(), list(fails)
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, value, status=200, **headers):
                data = json.dumps(value).encode()
                self.send_response(status)
                for name, text in {"content-type": "application/json", "content-length": str(len(data)), **headers}.items():
                    self.send_header(name, text)
                self.end_headers()
                self.wfile.write(data if self.command != "HEAD" else b"")

            def body(self):
                if "chunked" in self.headers.get("transfer-encoding", ""):
                    parts = []
                    while size := int(self.rfile.readline(), 16):
                        parts.append(self.rfile.read(size))
                        self.rfile.readline()
                    self.rfile.readline()
                    return b"".join(parts)
                return self.rfile.read(int(self.headers.get("content-length") or 0))

            def do_POST(self):
                hub.keys.add(self.headers.get("authorization"))
                body, path = self.body(), urlsplit(self.path).path
                if hub.fails and "/commit/" in path:
                    self.answer({"error": "not now"}, hub.fails.pop(0))
                elif path == "/api/repos/create":
                    hub.created.append(json.loads(body))
                    self.answer({"url": f"{hub.url}/datasets/me/pairs", "name": "me/pairs"})
                elif path == "/api/validate-yaml":
                    self.answer({"errors": [], "warnings": []})
                elif "/preupload/" in path:
                    named = [f["path"] for f in json.loads(body)["files"]]
                    self.answer({"files": [{"path": p, "uploadMode": "regular", "shouldIgnore": False} for p in named]})
                else:
                    hub.commit([json.loads(line) for line in body.splitlines()])
                    self.answer({"success": True, "commitUrl": f"{hub.url}/datasets/me/pairs/commit/1", "commitOid": "1" * 40})

            def do_GET(self):
                hub.keys.add(self.headers.get("authorization"))
                path = unquote(urlsplit(self.path).path)
                if re.search("/tree/", path):
                    self.answer([{"type": "file", "path": p, "oid": "0" * 40, "size": len(d)} for p, d in hub.files.items()])
                elif re.match(r"/api/datasets/me/pairs(/revision/main)?$", path):
                    siblings = [{"rfilename": name} for name in hub.files]
                    self.answer({"id": "me/pairs", "sha": "1" * 40, "siblings": siblings, "private": True, "tags": []})
                else:
                    self.answer({"error": "not found"}, 404)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def commit(self, lines):
        self.commits.append(next(line["value"]["summary"] for line in lines if line["key"] == "header"))
        for line in lines:
            if line["key"] == "file":
                self.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            elif line["key"] == "deletedFile":
                del self.files[line["value"]["path"]]

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
