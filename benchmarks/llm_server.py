"""A bare OpenAI-protocol server on loopback that answers by the request alone, after a while, and writes down what it answered.

python benchmarks/llm_server.py LATENCY LOG     # prints its port; LOG gets a line `asked KEY TIME` and `answered KEY TIME` per request
"""

import asyncio
import contextlib
import hashlib
import json
import re
import sys
import time
from pathlib import Path


def answer(asked: dict) -> str:
    """What a model of even temper would say; drafts agree three times in four."""
    content = asked["messages"][-1]["content"]
    text = content if isinstance(content, str) else content[0]["text"]
    if text.startswith("You read one web page"):
        return json.dumps({"pairs": []})
    if text.startswith("You check one"):
        return json.dumps({"valid": True, "why": "clear", "images": []})
    if text.startswith("Answer the question"):
        number = int(hashlib.sha256(text.encode()).hexdigest()[:6], 16) % 1000
        return f"Step by step.\n\nAnswer: {number + (asked.get('seed', 0) % 4 == 3)}"
    if text.startswith("Several people"):
        return json.dumps({"groups": [[i] for i in range(len(re.findall(r'"\d": ', text)))]})
    return json.dumps({"verdict": "different", "why": "other numbers"})


def reply(body: bytes) -> bytes:
    message = {"role": "assistant", "content": answer(json.loads(body))}
    usage = {"prompt_tokens": len(body) // 4, "completion_tokens": 20, "total_tokens": len(body) // 4 + 20}
    said = {"id": "c", "object": "chat.completion", "created": 0, "model": "m", "usage": usage}
    return json.dumps(said | {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()


async def serve(latency_s: float, log: Path) -> None:
    with log.open("a", buffering=1) as notes:

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = re.search(rb"(?i)content-length: *(\d+)", head)
                    body = await reader.readexactly(int(length[1])) if length else b""
                    data = b'{"object": "list", "data": []}'
                    if body:
                        key = hashlib.sha256(body).hexdigest()
                        notes.write(f"asked {key} {time.time():.3f}\n")
                        await asyncio.sleep(latency_s)
                        data = reply(body)
                        if writer.is_closing() or reader.at_eof():
                            return
                        notes.write(f"answered {key} {time.time():.3f}\n")
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(data) + data)
                    await writer.drain()
            writer.close()

        server = await asyncio.start_server(connected, "127.0.0.1", 0, backlog=1024)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]), Path(sys.argv[2])))
