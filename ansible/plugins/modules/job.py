#!/usr/bin/python
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: job
short_description: A job of a Platen appliance
description:
  - Posts a job, and waits until it has ended when that is wanted. A job that ends badly fails the task with its reason.
  - A deploy to a node that runs this version already posts nothing, unless C(force).
options:
  kind: {description: build, capture, deploy, or any other kind of job., type: str, required: true}
  node: {description: The machine. Left out, any that fits., type: str}
  profile: {description: build - the profile., type: str}
  image: {description: The image., type: str}
  version: {description: Its version. Left out, the newest., type: int}
  request: {description: Whatever else POST /jobs takes., type: dict, default: {}}
  force: {description: Deploy also what the node runs already., type: bool, default: false}
  wait: {description: Until it has ended., type: bool, default: true}
  timeout: {description: Seconds that are waited at most., type: int, default: 7200}
  url: {description: The appliance. Default PLATEN_URL, else http://127.0.0.1:8080., type: str}
  token: {description: A token., type: str}
  token_file: {description: File with a token. Default PLATEN_TOKEN_FILE., type: path}
  ca_file: {description: CA of the appliance, for HTTPS. Default PLATEN_CA_FILE., type: path}
author: [The Platen authors]
"""

EXAMPLES = r"""
- platen.appliance.job: {kind: deploy, node: "{{ inventory_hostname }}", image: debian-13}
- platen.appliance.job: {kind: build, profile: debian-13, wait: false}
"""

RETURN = r"""
job: {description: The job as it is now., returned: when one was posted, type: dict}
"""

import time
import uuid

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.platen.appliance.plugins.module_utils.api import OPTIONS, Api, Problem, path_of

ENDED = ("succeeded", "failed", "timed-out", "cancelled")
PAUSE_SECONDS = 2


def newest(api, image):
    return max(version["version"] for version in api.ask("GET", path_of("images", image))["versions"])


def runs_already(api, params):
    if params["kind"] != "deploy" or params["force"] or None in (params["node"], params["image"]):
        return False
    installed = api.ask("GET", path_of("nodes", params["node"])).get("installed")
    if installed is None or installed["imageName"] != params["image"]:
        return False
    return installed["version"] == (params["version"] or newest(api, params["image"]))


def wait_for(api, module, job):
    until = time.time() + module.params["timeout"]
    while job["state"] not in ENDED:
        if time.time() > until:
            module.fail_json(msg="job %s has not ended after %s s" % (job["id"], module.params["timeout"]), job=job)
        time.sleep(PAUSE_SECONDS)
        job = api.ask("GET", path_of("jobs", job["id"]))
    if job["state"] != "succeeded":
        failure = job.get("failure", {})
        words = " ".join(failure.get(key, "") for key in ("code", "message", "hint"))
        module.fail_json(msg="job %s %s %s" % (job["id"], job["state"], words), job=job)
    return job


def post(api, module):
    params = module.params
    if runs_already(api, params):
        module.exit_json(changed=False)
    if module.check_mode:
        module.exit_json(changed=True)
    said = dict((key, params[key]) for key in ("kind", "node", "profile", "image", "version") if params[key] is not None)
    # Sent again after a broken line, it is not posted twice.
    job = api.ask("POST", "/jobs", dict(params["request"], **said), {"Idempotency-Key": str(uuid.uuid4())})
    module.exit_json(changed=True, job=wait_for(api, module, job) if params["wait"] else job)


def main():
    own = dict(
        kind=dict(type="str", required=True),
        node=dict(type="str"),
        profile=dict(type="str"),
        image=dict(type="str"),
        version=dict(type="int"),
        request=dict(type="dict", default={}),
        force=dict(type="bool", default=False),
        wait=dict(type="bool", default=True),
        timeout=dict(type="int", default=7200),
    )
    module = AnsibleModule(argument_spec=dict(own, **OPTIONS), supports_check_mode=True)
    try:
        post(Api(module.params), module)
    except Problem as problem:
        module.fail_json(msg=str(problem), code=problem.code)


if __name__ == "__main__":
    main()
