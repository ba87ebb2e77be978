"""Judges alert rules, dashboards and runbook against a Prometheus that scrapes a hub: every expression is asked, every name and label
must be in the catalogue (docs/metrics.md), every value of a label must exist, and every alert has its page. Lists all faults at once."""

import json
import pathlib
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import promql

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RUNBOOK = ROOT / "docs" / "runbook"
PAGES_URL = "https://github.com/navette/navette/blob/main/docs/runbook/"
# What Prometheus itself adds.
ADDED_METRICS = {"up": set()}
ADDED_LABELS = {"job", "instance"}
# Whose values are data: which they are is nobody's fault.
DATA_LABELS = {"process", "recipient", "instance"}
# What Grafana would put in.
VARIABLES = {"$__rate_interval": "1m", "$__range": "6h", "$hub": "navette.*", "$process": ".*", "$recipient": ".*", "$way": ".*"}

prometheus, program = sys.argv[1:3]
faults = []


def fault(where, what):
    faults.append(f"{where}: {what}")


def ask(path, **parameters):
    url = f"{prometheus}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
    try:
        with urllib.request.urlopen(url) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        return json.load(refused)


def catalogue():
    """Every metric that a hub may show, as Prometheus names its series, and its labels."""
    known = {}
    for line in (ROOT / "docs" / "metrics.md").read_text().splitlines():
        row = re.fullmatch(r"\| `(\w+)` \| (\w+) \| (.*?) \| .* \|", line)
        if not row:
            continue
        name, kind, labels = row[1], row[2], set(re.findall(r"`(\w+)`", row[3]))
        if kind == "histogram":
            known |= {f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels, f"{name}_count": labels}
        else:
            known[name] = labels
    return known


def rules():
    """What Prometheus has loaded: where, expression; and the alerts by name."""
    expressions, alerts, recorded = [], {}, {}
    for group in ask("rules")["data"]["groups"]:
        for rule in group["rules"]:
            where = f"{pathlib.Path(group['file']).name}, {rule['name']}"
            expressions.append((where, rule["query"]))
            if rule["health"] == "err":
                fault(where, rule["lastError"])
            if rule["type"] == "alerting":
                alerts[rule["name"]] = rule
            else:
                recorded.setdefault(rule["name"], set()).update(rule.get("labels", {}))
    return expressions, alerts, recorded


def panels(folder):
    """Every expression of a panel, and those of its variables as what they list."""
    for file in sorted(folder.glob("*.json")):
        text = file.read_text()
        board = json.loads(text)
        if text != json.dumps(board, indent=2, sort_keys=True, ensure_ascii=False) + "\n":
            fault(file.name, "is not in the order and form that json.dumps(indent=2, sort_keys=True) gives it")
        identifiers, places = set(), set()
        for panel in board["panels"]:
            where = f"{file.name}, panel {panel['title']!r}"
            at = panel["gridPos"]
            own = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            if panel["id"] in identifiers or own & places or at["x"] + at["w"] > 24:
                fault(where, "has the number or the place of another one, or is outside of the 24 columns")
            identifiers.add(panel["id"])
            places |= own
            if panel["type"] == "row":
                continue
            if not panel.get("description"):
                fault(where, "has no description")
            for target in panel["targets"]:
                if target["datasource"]["uid"] != "${datasource}":
                    fault(where, "does not ask ${datasource}")
                yield where, target["expr"], True
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                listed = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["definition"])
                yield f"{file.name}, variable {variable['name']}", f"count by ({listed[2]}) ({listed[1]})", True


def pages():
    """Every expression of the runbook."""
    for file in sorted(RUNBOOK.glob("*.md")):
        for block in re.findall(r"```promql\n(.*?)```", file.read_text(), re.DOTALL):
            yield f"runbook/{file.name}", block.strip()


def judge(where, expression, metrics, seen, wants_data=False):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    answer = ask("query", query=expression)
    if answer["status"] != "success":
        fault(where, f"{answer['error']}: {expression}")
        return
    if wants_data and not answer["data"]["result"]:
        fault(where, f"gives nothing, although the hub has done all that there is to show: {expression}")
    used = promql.read(expression)
    allowed = set(ADDED_LABELS)
    for name, matchers in used.selectors:
        if name not in metrics:
            fault(where, f"there is no metric {name}")
            continue
        allowed |= metrics[name]
        for label, operator, value in matchers:
            if label not in metrics[name] | ADDED_LABELS:
                fault(where, f"{name} has no label {label}")
            elif name in seen and label not in DATA_LABELS:
                for one in promql.alternatives(operator, value):
                    equal = "=~" if "~" in operator else "="
                    if not ask("query", query=f'{name}{{{label}{equal}"{one}"}}')["data"]["result"]:
                        fault(where, f"{name} has no {label} {one!r}")
    for label in used.grouped - allowed:
        fault(where, f"none of its metrics has a label {label}")


def check_alerts(alerts):
    """Each alert says what is needed at night, and has a page; each page has an alert, and is in the index."""
    index = (RUNBOOK / "README.md").read_text()
    expected = set()
    for name, rule in alerts.items():
        page = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower() + ".md"
        expected.add(page)
        if rule["annotations"].get("runbook_url") != PAGES_URL + page:
            fault(name, f"runbook_url is not {PAGES_URL}{page}")
        for annotation in ("summary", "description"):
            if not rule["annotations"].get(annotation):
                fault(name, f"has no {annotation}")
        severity = rule["labels"].get("severity")
        if severity not in ("page", "ticket"):
            fault(name, "severity is neither page nor ticket")
        if not re.search(rf"^\| \[{name}\]\({re.escape(page)}\) \| {severity} \|", index, re.MULTILINE):
            fault("runbook/README.md", f"has no row of [{name}]({page}) with severity {severity}")
    there = {file.name for file in RUNBOOK.glob("*.md")} - {"README.md"}
    for page in expected - there:
        fault("runbook", f"{page} is missing")
    for page in there - expected:
        fault("runbook", f"{page} is of no alert")


def check_commands():
    """What the runbook has somebody type or call is there: commands and options of the program, requests of the interface."""
    known = json.loads((ROOT / "docs" / "openapi.json").read_text())["paths"]
    known = {re.sub(r"\{\w+\}", "*", path): {method.upper() for method in methods} for path, methods in known.items()}
    helps = {}
    for file in sorted(RUNBOOK.glob("*.md")):
        for block, span in re.findall(r"```sh\n(.*?)```|`([^`\n]+)`", file.read_text(), re.DOTALL):
            code = block or span
            # The command is the words before the first that is none: an option, or what stands for an argument.
            for command, rest in re.findall(r"(?<![\w/-])navette((?: [a-z][a-z-]*(?![\w.=]))+)(.*)", code):
                if command not in helps:
                    told = subprocess.run([program, *command.split(), "--help"], capture_output=True, text=True)
                    helps[command] = told.stdout if told.returncode == 0 else None
                if helps[command] is None:
                    fault(f"runbook/{file.name}", f"there is no command navette{command}")
                    continue
                for option in re.findall(r"(?<= )--[a-z-]+", rest):
                    if f" {option} " not in helps[command]:
                        fault(f"runbook/{file.name}", f"navette{command} has no {option}")
            for method, path in re.findall(r"(?:\b(GET|POST|PUT|DELETE) )?[^\s`]*?(/navette/v1/[^\s\"'?]+)", code):
                methods = known.get(re.sub(r"\{\w+\}|\$\w+", "*", path), set())
                if not methods or method and method not in methods:
                    fault(f"runbook/{file.name}", f"there is no {method or 'request'} {path}")


expressions, alerts, recorded = rules()
if not alerts:
    fault("prometheus", "has loaded no alerts")
metrics = catalogue() | ADDED_METRICS | recorded
seen = set(ask("label/__name__/values")["data"]) & set(metrics)
everything = [(where, expression, False) for where, expression in expressions]
everything += list(panels(ROOT / "ops" / "grafana"))
everything += [(where, expression, False) for where, expression in pages()]
for where, expression, wants_data in everything:
    judge(where, expression, metrics, seen, wants_data)
check_alerts(alerts)
check_commands()

used = {name for _, expression, _ in everything for name, _ in promql.read(expression).selectors} & set(metrics)
for line in faults:
    print(line, file=sys.stderr)
unseen = sorted(used - seen)
print(f"{len(everything)} expressions, {len(alerts)} alerts; of {len(used)} metrics in them {len(used & seen)} were seen on a hub", end="")
print(f", in the catalogue only: {', '.join(unseen)}" if unseen else "")
sys.exit(1 if faults else 0)
