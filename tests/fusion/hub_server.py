"""A hub of a page: the few addresses of the Hugging Face Hub that a member needs, spoken over real HTTP.

Small files come within a commit, safetensors by the LFS protocol; every commit has a number and stays as it was.
"""

import base64
import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

TOKEN = "hf_sesame"


class Hub:
    """What lies on the hub.

    Attributes:
        commits: Of each repository, in order: files by path.
        private: Repositories that only who has the token sees.
        cards: READMEs whose front was looked at.
        asked: Methods and paths, in order.
    """

    def __init__(self):
        self.commits, self.private, self.stored, self.cards, self.asked = {}, set(), {}, [], []

    def put(self, repo, files):
        """Add a commit; returns its number."""
        self.commits.setdefault(repo, []).append(dict(files))
        return self.sha(repo, -1)

    def sha(self, repo, place):
        count = len(self.commits[repo])
        return hashlib.sha1(f"{repo} {place % count}".encode()).hexdigest()

    def files(self, repo, revision):
        """The files of a revision and its number, or None."""
        known = {self.sha(repo, place): files for place, files in enumerate(self.commits[repo])}
        found = self.sha(repo, -1) if revision == "main" else revision
        return (known[found], found) if found in known else None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    @property
    def hub(self):
        return self.server.hub

    def answer(self, status, value=b"", **headers):
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", headers.pop("Content_Length", str(len(data))))
        for name, each in headers.items():
            self.send_header(name.replace("_", "-"), each)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    @property
    def known(self):
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def seen(self, repo):
        return repo in self.hub.commits and (self.known or repo not in self.hub.private)

    def missing(self, code="RepoNotFound"):
        self.answer(401 if code == "RepoNotFound" else 404, {"error": "not found"}, X_Error_Code=code)

    def handle_one(self):
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append(f"{self.command} {path}")
        words = path.strip("/").split("/")
        body = self.body()
        if words[:2] == ["api", "models"] and words[4:5] in ([], ["revision"]):
            return self.info("/".join(words[2:4]), words[5] if len(words) > 5 else "main")
        if words[2:3] == ["resolve"]:
            return self.file("/".join(words[:2]), words[3], "/".join(words[4:]))
        if words == ["api", "validate-yaml"]:
            self.hub.cards.append(json.loads(body)["content"])
            return self.answer(200, {"errors": [], "warnings": []})
        if self.command == "PUT":  # to a signed address: without a token
            self.hub.stored[hashlib.sha256(body).hexdigest()] = body
            return self.answer(200)
        if not self.known:
            return self.answer(401, {"error": "Invalid username or password."})
        return self.write(words, body)

    do_GET = do_HEAD = do_POST = do_PUT = handle_one  # noqa: N815 - as the library calls them

    def info(self, repo, revision):
        if not self.seen(repo):
            return self.missing()
        found = self.hub.files(repo, revision)
        if found is None:
            return self.missing("RevisionNotFound")
        siblings = [{"rfilename": path, "size": len(data)} for path, data in found[0].items()]
        return self.answer(200, {"id": repo, "modelId": repo, "sha": found[1], "siblings": siblings, "tags": []})

    def file(self, repo, revision, path):
        found = self.hub.files(repo, revision) if self.seen(repo) else None
        if found is None or path not in found[0]:
            return self.missing("EntryNotFound")
        data = found[0][path]
        etag = f'"{hashlib.sha256(data).hexdigest()}"'
        return self.answer(200, data, ETag=etag, X_Repo_Commit=found[1], Accept_Ranges="bytes")

    def write(self, words, body):
        if words == ["api", "repos", "create"]:
            told = json.loads(body)
            repo = f"{told['organization']}/{told['name']}" if told.get("organization") else told["name"]
            if repo.split("/")[0] != "me":
                return self.answer(403, {"error": "You don't have the rights"})
            self.hub.commits.setdefault(repo, [])
            if told.get("private") or told.get("visibility") == "private":
                self.hub.private.add(repo)
            return self.answer(200, {"url": f"{self.server.url}/{repo}"})
        if words[4:5] == ["preupload"]:
            files = [
                {
                    "path": path,
                    "uploadMode": "lfs" if path.endswith(".safetensors") else "regular",
                    "shouldIgnore": False,
                }
                for path in (each["path"] for each in json.loads(body)["files"])
            ]
            return self.answer(200, {"files": files})
        if words[-2:] == ["objects", "batch"]:
            objects = [
                {**each, "actions": {"upload": {"href": f"{self.server.url}/store/{each['oid']}", "header": {}}}}
                for each in json.loads(body)["objects"]
            ]
            return self.answer(200, {"transfer": "basic", "objects": objects})
        if words[4:5] == ["commit"]:
            return self.commit("/".join(words[2:4]), body)
        return self.answer(404, {"error": self.path})

    def commit(self, repo, body):
        made = {}
        for line in body.splitlines():
            told = json.loads(line)
            value = told["value"]
            if told["key"] == "file":
                made[value["path"]] = base64.b64decode(value["content"])
            elif told["key"] == "lfsFile":
                made[value["path"]] = self.hub.stored[value["oid"]]
        sha = self.hub.put(repo, (self.hub.commits[repo][-1] if self.hub.commits[repo] else {}) | made)
        self.answer(200, {"commitUrl": f"{self.server.url}/{repo}/commit/{sha}", "commitOid": sha, "success": True})


@contextmanager
def running():
    """A hub on a free port, with its address as ``url``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.hub, server.url = Hub(), f"http://127.0.0.1:{server.server_address[1]}"
    server.hub.url = server.url
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
