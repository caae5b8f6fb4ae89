"""The trivial endpoint as FastAPI's documentation writes it."""

from __future__ import annotations

from fastapi import FastAPI
from pydantic import BaseModel


class Given(BaseModel):
    x: float


class Told(BaseModel):
    y: float


app = FastAPI()


@app.post("/double")
async def double(given: Given) -> Told:
    return Told(y=given.x * 2)
