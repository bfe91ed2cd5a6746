/** When a call is tried again: only where that can't do anything twice. */

import type { ApiError } from "./failures.ts";

/** A gateway that said no says it again. */
const FINAL = new Set(["gateway_rejected", "refund_refused"]);
const PASSING = new Set(["request_in_progress", "conflict", "rate_limited", "request_timeout"]);
const UNAVAILABLE = new Set([502, 503, 504]);

/** At most `attempts` in `seconds`, waits included. Between them a random part of `pause`, doubled
 * each time up to `longestPause`; what `Retry-After` says where that is longer. Every call of this
 * API may be repeated: reads, what has an id of the caller, what carries an Idempotency-Key. */
export interface Retries {
  readonly attempts: number;
  readonly seconds: number;
  readonly pause: number;
  readonly longestPause: number;
}

export const RETRIES: Retries = { attempts: 5, seconds: 30, pause: 0.1, longestPause: 4 };

/** Seconds until the next attempt; null when there is to be none. `error` is null when nothing was
 * answered, `jitter` is between 0 and 1. */
export function waitBefore(
  retries: Retries,
  attempt: number,
  error: ApiError | null,
  left: number,
  jitter: number,
): number | null {
  if (attempt >= retries.attempts || (error !== null && !isPassing(error))) return null;
  const pause = jitter * Math.min(retries.longestPause, retries.pause * 2 ** (attempt - 1));
  const wait = Math.max(pause, error?.retryAfter ?? 0);
  return wait < left ? wait : null;
}

/** May the same request succeed in a moment? */
export function isPassing(error: ApiError): boolean {
  return !FINAL.has(error.code) && (UNAVAILABLE.has(error.status) || PASSING.has(error.code));
}
