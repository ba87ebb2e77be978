"""Has a sandbox bring four cases: one arrives, one is put off, one is refused, and one waits because its endpoint is paused; and has
its SFTP server turn connections away. Begins when Prometheus has seen the hub before, and ends when it has seen all of that."""

import base64
import http.server
import json
import pathlib
import socket
import sys
import threading
import time
import urllib.parse
import urllib.request

WITHIN_SECONDS = 40
PROCESS = "CERTDC"
# What the recipient's server answers, by the path that it is called at; and whether its endpoint is paused.
ENDPOINTS = {"/arrives": (204, False), "/busy": (503, False), "/refuses": (400, False), "/waits": (204, True)}
SEEN_BEFORE = ("navette_delivered_total == 0", "navette_delivery_attempts_in_flight == 0")
SEEN_AFTER = (
    "navette_delivered_total > 0",
    'navette_delivery_failures_total{kind="busy"} > 0',
    'navette_deliveries_dead_total{reason="refused"} > 0',
    "navette_delivery_oldest_timestamp_seconds > 0",
    'navette_delivery_endpoint_closed{why="paused"} == 1',
    "navette_delivery_last_look_timestamp_seconds > 0",
    'navette_sftp_turned_away_total{limit="logins_max"} > 0',
    'navette_sftp_turned_away_total{limit="connections_per_address_max"} > 0',
)

access = json.loads(pathlib.Path(sys.argv[1]).read_text())
prometheus = sys.argv[2]
hub = access["token_url"].removesuffix("/token")


class Recipient(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(ENDPOINTS[self.path][0])
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def send(method, path, body=None, headers=None):
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(hub + path, data, headers or {}, method=method)) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def see(expected):
    """Waits until each of these expressions gives something."""
    until = time.monotonic() + WITHIN_SECONDS
    missing = list(expected)
    while missing:
        if time.monotonic() > until:
            with urllib.request.urlopen(f"{prometheus}/api/v1/targets") as answer:
                targets = [(target["health"], target["lastError"]) for target in json.load(answer)["data"]["activeTargets"]]
            sys.exit(f"ops/prometheus/bring.py: after {WITHIN_SECONDS} s, Prometheus does not show {missing}; its targets: {targets}")
        query = urllib.parse.urlencode({"query": missing[0]})
        with urllib.request.urlopen(f"{prometheus}/api/v1/query?{query}") as answer:
            if json.load(answer)["data"]["result"]:
                missing.pop(0)
                continue
        time.sleep(0.1)


def bearer():
    credential = next(row for row in access["credentials"] if row["scope"] == "ADMIN")
    basic = base64.b64encode(f"{credential['client_id']}:{credential['client_secret']}".encode()).decode()
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "scope": "ADMIN"}).encode()
    return {"Authorization": f"Bearer {send('POST', '/token', form, {'Authorization': f'Basic {basic}'})['access_token']}"}


def deposit(number, subscriber):
    """A folder like the one that the description shows, for one recipient."""
    base = "/teledossiers/v1/folders"
    external = f"CHECK-{number}-01"
    folder = json.loads(json.dumps(example))
    folder["externalId"] = f"CHECK-{number}"
    folder["cases"] = [{"externalId": external, "recipient": {key: subscriber[key] for key in ("type", "companyRegister", "branchCode")}}]
    file = folder["attachments"][0]
    file["recipients"] = [external]
    content = b"%PDF-1.4\n" + b"x" * (file["size"] - 9)
    folder = send("POST", base, folder, admin)
    send("PUT", f"{base}/{folder['id']}/attachments/{folder['attachments'][0]['id']}", content, admin)
    send("PATCH", f"{base}/{folder['id']}", {"globalStatus": "HUBEE_COMPLETED"}, admin)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recipient)
threading.Thread(target=server.serve_forever, daemon=True).start()
see(SEEN_BEFORE)
admin = bearer()
example = send("GET", "/openapi.json")["paths"]["/teledossiers/v1/folders"]["post"]["requestBody"]["content"]["application/json"]["example"]
example["processCode"] = PROCESS
subscriptions = send("GET", f"/referential/v1/subscriptions?processCode={PROCESS}&maxResult={len(ENDPOINTS)}", None, admin)
if len(subscriptions) < len(ENDPOINTS):
    sys.exit(f"ops/prometheus/bring.py: {PROCESS} has {len(subscriptions)} subscriptions, {len(ENDPOINTS)} are needed")
for number, (subscription, (path, (_, is_paused))) in enumerate(zip(subscriptions, ENDPOINTS.items())):
    endpoint = f"/navette/v1/admin/subscriptions/{subscription['id']}/endpoint"
    url = f"http://127.0.0.1:{server.server_address[1]}{path}"
    secret = "whsec_" + base64.b64encode(bytes(24)).decode()
    send("PUT", endpoint, {"mode": "WEBHOOK", "settings": {"url": url}, "secrets": {"secret": secret}}, admin)
    if is_paused:
        send("POST", f"{endpoint}/pause", None, admin)
    send("PUT", f"/referential/v1/subscriptions/{subscription['id']}", subscription | {"accessMode": "WEBHOOK"}, admin)
    deposit(number, subscription["subscriber"])

# The check's hub takes one connection of an address, and two that have not logged in: the second and the fourth are one too many.
place = access["sftp"]["address"].rsplit(":", 1)
callers = [
    socket.create_connection((place[0], int(place[1])), source_address=(address, 0))
    for address in ("127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.3")
]
see(SEEN_AFTER)
