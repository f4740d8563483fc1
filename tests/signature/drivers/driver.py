"""Loads the example, makes the calls that standard input lists, prints what they return."""

import importlib.util
import json
import sys

spec = importlib.util.spec_from_file_location("example", sys.argv[1])
example = importlib.util.module_from_spec(spec)
spec.loader.exec_module(example)

FUNCTIONS = {
    "sign": example.sign,
    "upload": example.sign_upload_token,
    "serve": example.sign_serve_token,
    "url": example.signed_url,
    "visibility": example.sign_visibility_token,
}

calls = json.load(sys.stdin.buffer)
print(json.dumps([FUNCTIONS[call["function"]](*call["arguments"]) for call in calls]))
