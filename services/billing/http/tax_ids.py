"""Tax ids by their form. Whether one is registered is the gateway's to find out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from stdnum.au import abn
from stdnum.br import cnpj
from stdnum.ca import bn
from stdnum.ch import uid
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as gb_vat
from stdnum.in_ import gstin
from stdnum.no import mva
from stdnum.us import ein

from kernel.errors import ValidationFailed

TaxIdType = Literal[
    "eu_vat", "gb_vat", "ch_uid", "no_vat", "in_gst", "au_abn", "br_cnpj", "ca_bn", "us_ein"
]
FORMS: Mapping[TaxIdType, Callable[..., Any]] = {
    "eu_vat": vat.validate,
    "gb_vat": gb_vat.validate,
    "ch_uid": uid.validate,
    "no_vat": mva.validate,
    "in_gst": gstin.validate,
    "au_abn": abn.validate,
    "br_cnpj": cnpj.validate,
    "ca_bn": bn.validate,
    "us_ein": ein.validate,
}
PREFIXED = {"gb_vat": "GB"}


def checked(kind: TaxIdType, value: str, field: str) -> str:
    """Without spaces and points. Raises ValidationFailed, which names the field of the body."""
    try:
        plain = str(FORMS[kind](value))
    except ValidationError as error:
        message = f"{value} is no {kind}: {error}"
        raise ValidationFailed(message, fields=[{"field": field, "message": message}]) from None
    return PREFIXED.get(kind, "") + plain
