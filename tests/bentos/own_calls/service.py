"""A Bento that calls its own APIs in every way that BentoML offers, and says what was imported and what was run."""

from __future__ import annotations

import sys
from pathlib import Path

import bentoml
from bentoml.exceptions import InvalidArgument

SERVERS_MODULES = (
    "_bentoml_impl.client",
    "_bentoml_impl.server",
    "aiohttp",
    "bentoml._internal.server",
    "circus",
    "opentelemetry.instrumentation.asgi",
    "prometheus_client",
)


@bentoml.service(threads=4)
class OwnCalls:
    def __init__(self) -> None:
        self.events = ["made"]

    @bentoml.on_startup
    def start(self) -> None:
        self.events.append(f"started with {self.double(number=2)}")

    @bentoml.on_startup
    async def start_more(self) -> None:
        self.events.append(f"started with {await self.to_async.double(number=4)}")

    @bentoml.on_shutdown
    def say_goodbye(self) -> None:
        print("own calls: goodbye", flush=True)

    @bentoml.api
    def happened(self) -> list[str]:
        return self.events

    @bentoml.api
    def modules(self) -> list[str]:
        return [name for name in SERVERS_MODULES if name in sys.modules]

    @bentoml.api
    def double(self, number: float) -> float:
        return number * 2

    @bentoml.api(batchable=True)
    def lengths(self, texts: list[str]) -> list[int]:
        return [len(text) for text in texts]

    @bentoml.api
    async def through_to_async(self, number: float) -> float:
        return await self.to_async.double(number=number)

    @bentoml.api
    def through_to_sync(self, number: float) -> float:
        return self.to_sync.double(number=number)

    @bentoml.api
    def through_its_name(self, number: float) -> float:
        return self.double(number=number)

    @bentoml.api
    async def through_the_current_service(self, texts: list[str]) -> list[int]:
        return await bentoml.get_current_service().to_async.lengths(texts=texts)

    @bentoml.api
    async def through_all_of_them(self, number: float) -> float:
        first = await self.to_async.double(number=number)
        return await self.to_async.through_to_sync(number=first)

    @bentoml.api
    def fails(self, how: str) -> str:
        raise InvalidArgument("not this one") if how == "argument" else ValueError("secret detail")

    @bentoml.api
    def upload(self, file: Path) -> int:
        return file.stat().st_size

    @bentoml.api
    def context(self, ctx: bentoml.Context) -> dict:
        ctx.response.status_code = 201
        return {"sent": ctx.request.headers.get("x-sent"), "state": sorted(ctx.state)}
