"""What the OpenAPI document says beyond the routes' own types."""

from runtime.web.openapi.document import completed, operation_id
from runtime.web.openapi.fields import means, optional
from runtime.web.openapi.refusals import Refusal, refuses

__all__ = ["Refusal", "completed", "means", "operation_id", "optional", "refuses"]
