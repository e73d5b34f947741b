"""Runs boto3 calls given as JSON lines: {"call": NAME, "args": {...}}; bytes are {"b64": TEXT}."""
import base64
import datetime
import json
import sys

import boto3
import botocore.exceptions

client = boto3.client("secretsmanager", endpoint_url=sys.argv[1], region_name="us-east-1")


def decode(value):
    if isinstance(value, dict):
        if set(value) == {"b64"}:
            return base64.b64decode(value["b64"])
        return {key: decode(item) for key, item in value.items()}
    if isinstance(value, list):
        return [decode(item) for item in value]
    return value


def encode(value):
    if isinstance(value, bytes):
        return {"b64": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return int(value.timestamp())
    raise TypeError(type(value))


for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = {"ok": getattr(client, asked["call"])(**decode(asked["args"]))}
        answer["ok"].pop("ResponseMetadata")
    except botocore.exceptions.ClientError as error:
        answer = {"code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}
    except botocore.exceptions.BotoCoreError as error:
        answer = {"code": type(error).__name__, "message": ""}
    print(json.dumps(answer, default=encode), flush=True)
