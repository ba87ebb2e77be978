"""Deposits a folder into a sandbox, and writes what schemathesis needs: a token, the address, identifiers that exist."""

import base64
import json
import pathlib
import sys
import urllib.parse
import urllib.request

access = json.loads(pathlib.Path(sys.argv[1]).read_text())
work = pathlib.Path(sys.argv[2])
hub = access["token_url"].removesuffix("/token")


def send(method, path, body=None, headers=None):
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(hub + path, data, headers or {}, method=method)
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def token(scope):
    credential = next(row for row in access["credentials"] if row["scope"] == scope)
    basic = base64.b64encode(f"{credential['client_id']}:{credential['client_secret']}".encode()).decode()
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "scope": scope}).encode()
    return send("POST", "/token", form, {"Authorization": f"Basic {basic}"})["access_token"]


bearer = {"Authorization": f"Bearer {token('ADMIN')}"}
document = send("GET", "/openapi.json")
base = "/teledossiers/v1"
example = document["paths"][f"{base}/folders"]["post"]["requestBody"]["content"]["application/json"]["example"]
content = b"%PDF-1.4\n" + b"x" * (example["attachments"][0]["size"] - 9)
folder = send("POST", f"{base}/folders", example, bearer)
file = folder["attachments"][0]
send("PUT", f"{base}/folders/{folder['id']}/attachments/{file['id']}", content, bearer)
send("PATCH", f"{base}/folders/{folder['id']}", {"globalStatus": "HUBEE_COMPLETED"}, bearer)
case = folder["cases"][0]
deposit = {"actionType": "ATTACH_DEPOSIT", "attachments": [dict(example["attachments"][0], recipients=None)]}
event = send("POST", f"{base}/cases/{case['id']}/events", deposit, bearer)
subscription = send("GET", "/referential/v1/subscriptions?maxResult=1", None, bearer)[0]
subscriber = subscription["subscriber"]

known = {
    "path.folderId": folder["id"],
    "path.caseId": case["id"],
    "path.eventId": event["id"],
    "path.subscriptionId": subscription["id"],
    "path.code": subscription["processCode"],
    "path.id": f"{subscriber['type']}-{subscriber['companyRegister']}-{subscriber['branchCode']}",
    "path.any_id": case["id"],
}
lines = ["[parameters]"] + [f"{json.dumps(name)} = {json.dumps(value)}" for name, value in known.items()]
for path, attachment in (
    (f"{base}/folders/{{folderId}}/attachments/{{attachmentId}}", file["id"]),
    (f"{base}/cases/{{caseId}}/attachments/{{attachmentId}}", file["id"]),
    (f"{base}/cases/{{caseId}}/events/{{eventId}}/attachments/{{attachmentId}}", event["attachments"][0]["id"]),
):
    lines += ["", "[[operations]]", f"include-path = {json.dumps(path)}", "[operations.parameters]", f'"path.attachmentId" = {json.dumps(attachment)}']
(work / "schemathesis.toml").write_text("\n".join(lines) + "\n")
(work / "token").write_text(bearer["Authorization"].removeprefix("Bearer "))
(work / "url").write_text(hub)
