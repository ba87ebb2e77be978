"""As much of PromQL as it takes to know which metrics, labels and values an expression names. Prometheus says whether it is one."""

import re
import typing

WORDS = {"by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless", "bool", "offset", "inf", "nan"}
GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<range>\[[^\]]*\])|(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"""
    r"""|(?P<number>[0-9][0-9a-zA-Z.]*)|(?P<operator>=~|!~|!=|==|>=|<=|.)""",
    re.DOTALL,
)


class Used(typing.NamedTuple):
    """What an expression names."""

    # Each metric, with what is asked of its labels: label, operator, value.
    selectors: list
    # The labels by which is grouped or matched.
    grouped: set


def read(expression):
    """What an expression names; one that Prometheus accepts."""
    tokens = [(match.lastgroup, match[0]) for match in TOKEN.finditer(expression) if not match[0].isspace()]
    selectors, grouped, at = [], set(), 0
    while at < len(tokens):
        kind, text = tokens[at]
        following = tokens[at + 1][1] if at + 1 < len(tokens) else ""
        at += 1
        if kind != "name":
            continue
        if text in GROUPING:
            if following == "(":
                end = tokens.index(("operator", ")"), at)
                grouped |= {word for word_kind, word in tokens[at:end] if word_kind == "name"}
                at = end + 1
        elif text.lower() in WORDS or following == "(":
            # An aggregation may have its labels between its name and its parenthesis.
            continue
        elif following in GROUPING and text in {"sum", "min", "max", "avg", "count", "topk", "bottomk", "quantile", "stddev", "group"}:
            continue
        elif following == "{":
            end = tokens.index(("operator", "}"), at)
            matchers, inside = [], tokens[at + 1 : end]
            for place in range(0, len(inside) - 2):
                if inside[place][0] == "name" and inside[place + 2][0] == "string":
                    matchers.append((inside[place][1], inside[place + 1][1], inside[place + 2][1][1:-1]))
            selectors.append((text, matchers))
            at = end + 1
        else:
            selectors.append((text, []))
    return Used(selectors, grouped)


def alternatives(operator, value):
    """The values that a matcher names: of a|b both, unless there is more to the pattern than that."""
    plain = re.fullmatch(r"[\w|-]+", value)
    return value.split("|") if "~" in operator and plain else [value]
