/** Amounts in the major unit of their currency, and in the minor units that the API counts in. */

import { EXPONENTS } from "./currencies.ts";

const AMOUNT = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Decimal places by ISO 4217: USD 2, JPY 0, KWD 3. RangeError if there is no such currency. */
export function exponent(currency: string): number {
  const places = EXPONENTS[currency];
  if (places === undefined) throw new RangeError(`${currency} is no currency`);
  return places;
}

/** `new Money("49.90", "USD")` is what `Money.ofCents(4990, "USD")` is, `new Money("4900", "JPY")`
 * is `Money.ofCents(4900, "JPY")`. More places than the currency has are refused. */
export class Money {
  readonly cents: number;
  readonly currency: string;

  constructor(amount: string, currency: string) {
    const [, sign, whole, part = ""] = AMOUNT.exec(amount) ?? [];
    const places = exponent(currency);
    if (whole === undefined || part.length > places) {
      throw new RangeError(`${amount} is no amount of ${currency}`);
    }
    this.cents = Number(`${sign}${whole}${part.padEnd(places, "0")}`);
    this.currency = currency;
    if (!Number.isSafeInteger(this.cents)) throw new RangeError(`${amount} is too large`);
  }

  /** Minor units, as every `…_cents` of the API. */
  static ofCents(cents: number, currency: string): Money {
    if (!Number.isSafeInteger(cents)) throw new RangeError(`${cents} is no number of minor units`);
    return new Money(inMajorUnits(cents, exponent(currency)), currency);
  }

  get amount(): string {
    return inMajorUnits(this.cents, exponent(this.currency));
  }

  toString(): string {
    return `${this.amount} ${this.currency}`;
  }
}

function inMajorUnits(cents: number, places: number): string {
  const digits = String(Math.abs(cents)).padStart(places + 1, "0");
  const sign = cents < 0 ? "-" : "";
  return places === 0 ? sign + digits : `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
