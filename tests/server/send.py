"""Sends a file by tuspy: `python send.py ADDRESS COOKIE FILE OPTIONS`, where OPTIONS are the client's own as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tusclient.client import TusClient


def main(address: str, cookie: str, file: str, options: str) -> None:
    client = TusClient(f"{address}/api/v1/uploads/tus", headers={"Cookie": cookie})
    told = {"retries": 20, "retry_delay": 0.1, "metadata": {"filename": Path(file).name}} | json.loads(options)
    client.uploader(file, **told).upload()


if __name__ == "__main__":
    main(*sys.argv[1:])
