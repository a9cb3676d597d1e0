#!/usr/bin/env python3
# The machines of an appliance as an inventory (ansible-inventory, --list and --host): ansible -i ansible/inventory/platen.py all -m ping
# PLATEN_URL, PLATEN_TOKEN_FILE and PLATEN_CA_FILE say which appliance, as for the command line. Python's standard library alone.
import json
import os
import re
import ssl
import sys
from urllib.request import Request, urlopen


def ask(path):
    url = os.environ.get("PLATEN_URL", "http://127.0.0.1:8080").rstrip("/")
    with open(os.path.expanduser(os.environ["PLATEN_TOKEN_FILE"])) as file:
        request = Request(url + "/api/v1" + path, headers={"Authorization": "Bearer " + file.read().strip()})
    ca_file = os.environ.get("PLATEN_CA_FILE")
    context = ssl.create_default_context(cafile=ca_file) if url.startswith("https:") else None
    with urlopen(request, timeout=30, context=context) as answer:
        return json.load(answer)


def group(kind, name):
    return "%s_%s" % (kind, re.sub(r"\W", "_", name))


def variables(node):
    installed = node.get("installed")
    said = {
        "platen_id": node["id"],
        "platen_state": node["state"],
        "platen_presence": node["presence"],
        "platen_location": node.get("location", ""),
        "platen_tags": node.get("tags", []),
        "platen_image": "%s@%s" % (installed["imageName"], installed["version"]) if installed else "",
        "platen_architecture": node["inventory"]["architecture"],
    }
    address = node.get("address")
    return dict(said, ansible_host=address) if address else said


def inventory():
    groups = {}
    nodes = ask("/nodes")["nodes"]
    for node in nodes:
        kinds = [("state", node["state"]), ("arch", node["inventory"]["architecture"])]
        kinds += [("tag", tag) for tag in node.get("tags", [])]
        if "installed" in node:
            kinds.append(("image", node["installed"]["imageName"]))
        for kind, name in kinds:
            groups.setdefault(group(kind, name), []).append(node["name"])
    for one in ask("/classes")["classes"]:
        groups.setdefault(group("class", one["name"]), []).extend(one["nodes"])
    hosts = {node["name"]: variables(node) for node in nodes}
    return dict(
        {name: {"hosts": sorted(set(members))} for name, members in groups.items()},
        all={"hosts": sorted(hosts)},
        _meta={"hostvars": hosts},
    )


def main():
    if "PLATEN_TOKEN_FILE" not in os.environ:
        sys.exit("PLATEN_TOKEN_FILE is not set: a file with a token of the role viewer (platen token add ansible --role viewer)")
    asked = sys.argv[1:2]
    if asked == ["--host"]:
        print(json.dumps(inventory()["_meta"]["hostvars"].get(sys.argv[2], {})))
    else:
        print(json.dumps(inventory(), indent=2, sort_keys=True))


if __name__ == "__main__":
    main()
