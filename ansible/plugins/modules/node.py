#!/usr/bin/python
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: node
short_description: A machine of a Platen appliance
description:
  - Approves, holds, releases or retires a machine, and says its name, tags, place and what it should run.
  - What is left out stays as it is.
options:
  name: {description: Name or id of the node., type: str, required: true}
  state: {description: How it should be., type: str, choices: [approved, held, retired]}
  reason: {description: Why it is held., type: str, default: held by Ansible}
  new_name: {description: Its name from now on., type: str}
  tags: {description: Its tags, instead of those that it has., type: list, elements: str}
  location: {description: Where it stands., type: str}
  notes: {description: What people should know about it., type: str}
  wanted: {description: What it should run; the body of PUT /nodes/NODE/wanted., type: dict}
  url: {description: The appliance. Default PLATEN_URL, else http://127.0.0.1:8080., type: str}
  token: {description: A token., type: str}
  token_file: {description: File with a token. Default PLATEN_TOKEN_FILE., type: path}
  ca_file: {description: CA of the appliance, for HTTPS. Default PLATEN_CA_FILE., type: path}
author: [The Platen authors]
"""

EXAMPLES = r"""
- platen.appliance.node: {name: rack1-07, state: approved, tags: [web]}
- platen.appliance.node: {name: rack1-07, state: held, reason: bad fan}
- platen.appliance.node: {name: rack1-07, wanted: {runs: [{image: debian-13, tag: stable}]}}
"""

RETURN = r"""
node: {description: The node as it is now., returned: always, type: dict}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.platen.appliance.plugins.module_utils.api import OPTIONS, Api, Problem, path_of

# From the state that it has to the one that it should have: the calls on the way.
WAYS = {
    ("discovered", "approved"): ["approve"],
    ("held", "approved"): ["release"],
    ("approved", "held"): ["hold"],
    ("discovered", "held"): ["hold"],
    ("discovered", "retired"): ["retire"],
    ("approved", "retired"): ["retire"],
    ("held", "retired"): ["retire"],
    ("retired", "approved"): ["approve"],
}


def changes_of(node, params):
    wished = dict(name=params["new_name"], tags=params["tags"], location=params["location"], notes=params["notes"])
    has = dict(name=node["name"], tags=node.get("tags", []), location=node.get("location"), notes=node.get("notes"))
    return dict((key, value) for key, value in wished.items() if value is not None and value != has[key])


def apply(api, module):
    params = module.params
    node = api.ask("GET", path_of("nodes", params["name"]))
    own = path_of("nodes", node["id"])
    changed = False
    if params["state"] not in (None, node["state"]):
        changed = True
        way = WAYS.get((node["state"], params["state"]))
        if way is None:
            module.fail_json(msg="%s is %s, and no way leads from there to %s" % (node["name"], node["state"], params["state"]))
        for verb in way:
            body = dict(reason=params["reason"]) if verb == "hold" else None
            if not module.check_mode:
                node = api.ask("POST", own + "/" + verb, body)
    changes = changes_of(node, params)
    if changes:
        changed = True
        if not module.check_mode:
            node = api.ask("PATCH", own, changes)
    if params["wanted"] is not None and api.ask("GET", own + "/wanted").get("own", {}) != params["wanted"]:
        changed = True
        if not module.check_mode:
            api.ask("PUT", own + "/wanted", params["wanted"])
    module.exit_json(changed=changed, node=node)


def main():
    own = dict(
        name=dict(type="str", required=True),
        state=dict(type="str", choices=["approved", "held", "retired"]),
        reason=dict(type="str", default="held by Ansible"),
        new_name=dict(type="str"),
        tags=dict(type="list", elements="str"),
        location=dict(type="str"),
        notes=dict(type="str"),
        wanted=dict(type="dict"),
    )
    module = AnsibleModule(argument_spec=dict(own, **OPTIONS), supports_check_mode=True)
    try:
        apply(Api(module.params), module)
    except Problem as problem:
        module.fail_json(msg=str(problem), code=problem.code)


if __name__ == "__main__":
    main()
