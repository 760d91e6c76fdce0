"""Speaking tus by hand: each request as the protocol describes it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from tests.running import Answer, Visitor

PLACE = "/api/v1/uploads/tus"
BODY = "application/offset+octet-stream"


def metadata(**words: str) -> str:
    return ",".join(f"{key} {base64.b64encode(word.encode()).decode()}" for key, word in words.items())


def checksum(kind: str, data: bytes) -> dict[str, str]:
    return {"Upload-Checksum": f"{kind} {base64.b64encode(hashlib.new(kind, data).digest()).decode()}"}


@dataclass(frozen=True)
class Sender:
    """Somebody who sends by tus."""

    visitor: Visitor

    async def ask(self, method: str, address: str, data: Any = None, **headers: Any) -> Answer:
        words = {"Tus-Resumable": "1.0.0"} | {name.replace("_", "-"): str(word) for name, word in headers.items()}
        return await self.visitor.ask(method, address, headers=words, data=data)

    async def create(self, length: int | None, filename: str = "sound.wav", data: Any = None, **more: Any) -> Answer:
        size = {"Upload-Defer-Length": 1} if length is None else {"Upload-Length": length}
        kind = {"Content-Type": BODY} if data is not None else {}
        words = {"Upload-Metadata": metadata(filename=filename)} | size | kind | more
        return await self.ask("POST", PLACE, data, **words)

    async def begin(self, length: int | None, filename: str = "sound.wav", **more: Any) -> str:
        answer = await self.create(length, filename, **more)
        assert answer.status == 201, answer.body
        return answer.headers["Location"]

    async def append(self, address: str, offset: int, data: Any, **more: Any) -> Answer:
        return await self.ask("PATCH", address, data, **{"Content-Type": BODY, "Upload-Offset": offset} | more)

    async def offset(self, address: str) -> int:
        answer = await self.ask("HEAD", address)
        assert answer.status == 200, answer.status
        assert answer.headers["Cache-Control"] == "no-store"
        return int(answer.headers["Upload-Offset"])
