# Asks the operator API of an appliance (docs/api.md): JSON in, JSON out, refusals as Problem.
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os

from ansible.module_utils.six.moves.urllib.error import HTTPError
from ansible.module_utils.six.moves.urllib.parse import quote
from ansible.module_utils.urls import open_url

OPTIONS = dict(
    url=dict(type="str", default=None),
    token=dict(type="str", default=None, no_log=True),
    token_file=dict(type="path", default=None),
    ca_file=dict(type="path", default=None),
)


class Problem(Exception):
    """What the appliance refused, in its words."""

    def __init__(self, code, message, hint, status):
        super(Problem, self).__init__("%s: %s %s" % (code, message, hint))
        self.code = code
        self.status = status


class Api(object):
    def __init__(self, params):
        self.url = (params.get("url") or os.environ.get("PLATEN_URL") or "http://127.0.0.1:8080").rstrip("/")
        self.token = params.get("token") or read_token(params.get("token_file") or os.environ.get("PLATEN_TOKEN_FILE"))
        self.ca_file = params.get("ca_file") or os.environ.get("PLATEN_CA_FILE") or None

    def ask(self, method, path, body=None, headers=None):
        sent = {"Authorization": "Bearer " + self.token}
        sent.update(headers or {})
        data = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            data = json.dumps(body)
        try:
            answer = open_url(
                self.url + "/api/v1" + path, method=method, data=data, headers=sent, ca_path=self.ca_file, timeout=60
            )
        except HTTPError as error:
            raise problem_of(error)
        text = answer.read()
        return json.loads(text) if text else None


def path_of(*parts):
    return "".join("/" + quote(str(part), safe="") for part in parts)


def read_token(file):
    if not file:
        raise Problem("CLI_TOKEN_UNREADABLE", "no token is given.", "Set token or token_file, or PLATEN_TOKEN_FILE.", 0)
    with open(os.path.expanduser(file)) as opened:
        return opened.read().strip()


def problem_of(error):
    try:
        said = json.loads(error.read())
    except ValueError:
        said = {}
    message = said.get("message", "the appliance answered %s." % error.code)
    return Problem(said.get("code", "REQUEST_FAILED"), message, said.get("hint", ""), error.code)
