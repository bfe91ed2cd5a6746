"""What all models of answers have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Frozen. Fields that a newer server adds are kept out of the way."""

    model_config = ConfigDict(frozen=True, extra="ignore")
