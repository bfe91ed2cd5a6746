/** Carries out calls over HTTP. */

import type { Bookmark } from "./bookmark.ts";
import { BY_CODE } from "./errors.ts";
import { ApiError, kindOf, type Refusal, UnexpectedAnswer, Unreachable } from "./failures.ts";
import { type Retries, waitBefore } from "./retries.ts";
import type { Credentials } from "./tokens.ts";

/** `waitsFor`: the services whose commands the answer has to show. `keyed`: a command that is done
 * once for each Idempotency-Key; the others may be repeated as they are. `answeredBy`: statuses
 * beside 2xx that are answers and no errors. `seconds`: for all attempts together. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly workspace?: string;
  readonly waitsFor?: readonly string[];
  readonly keyed?: boolean;
  readonly key?: string | undefined;
  readonly answeredBy?: readonly number[];
  readonly seconds?: number;
  readonly attempts?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** What its JSON says; undefined when it is none. */
  readonly body: unknown;
}

/** What the calls of one client share. `timeout`: seconds for one attempt. */
export interface Session {
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly credentials: Credentials | null;
  readonly bookmark: Bookmark;
  readonly retries: Retries;
  readonly timeout: number;
}

export async function send(session: Session, call: Call): Promise<Answer> {
  const allowed = call.seconds ?? session.retries.seconds;
  const retries = { ...session.retries, attempts: call.attempts ?? session.retries.attempts };
  const key = call.keyed ? (call.key ?? crypto.randomUUID()) : undefined;
  const started = now();
  for (let attempt = 1; ; attempt += 1) {
    const left = allowed - (now() - started);
    const seconds = Math.min(session.timeout, Math.max(left, 0.001));
    const answer = await attempted(session, call, key, seconds);
    const error = answer && heard(session, call, answer);
    if (answer && !error) return answer;
    if (error?.code === "position_unknown" && attempt === 1) {
      session.bookmark.forget();
      continue;
    }
    const rest = allowed - (now() - started);
    const wait = waitBefore(retries, attempt, error, rest, Math.random());
    if (wait === null) throw error ?? new Unreachable(`${call.method} ${call.path}: no answer`);
    await pause(wait, call.signal);
  }
}

/** Null when there was no answer; what the caller aborted is thrown. */
async function attempted(
  session: Session,
  call: Call,
  key: string | undefined,
  seconds: number,
): Promise<Answer | null> {
  const headers = new Headers({ Accept: "application/json" });
  const token = await session.credentials?.token(call.workspace ?? "");
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (key !== undefined) headers.set("Idempotency-Key", key);
  if (call.body !== undefined) headers.set("Content-Type", "application/json");
  const timeout = AbortSignal.timeout(Math.ceil(seconds * 1000));
  try {
    const response = await session.fetch(address(session, call), {
      method: call.method,
      headers,
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
      redirect: "manual",
    });
    return { status: response.status, headers: response.headers, body: parsed(await response.text()) };
  } catch {
    call.signal?.throwIfAborted();
    return null;
  }
}

function address(session: Session, call: Call): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined && value !== null) {
      query.set(name, value instanceof Date ? value.toISOString() : String(value));
    }
  }
  const after = session.bookmark.after(call.waitsFor ?? [], call.workspace);
  if (after !== undefined) query.set("after", after);
  return `${session.url}${call.path}${query.size ? `?${query}` : ""}`;
}

function heard(session: Session, call: Call, answer: Answer): ApiError | null {
  const position = answer.headers.get("x-event-position");
  if (position !== null) session.bookmark.see(position, call.workspace);
  const succeeded = answer.status >= 200 && answer.status < 300;
  if (!succeeded && !call.answeredBy?.includes(answer.status)) return refusal(answer);
  if (answer.body === undefined) throw new UnexpectedAnswer("Not JSON.", answer.status);
  return null;
}

/** Throws UnexpectedAnswer when something else than the API answered. */
export function refusal(answer: Answer): ApiError {
  const error = (answer.body as { error?: Partial<Refusal> } | undefined)?.error;
  if (typeof error?.code === "string" && typeof error.message === "string") {
    const kind = BY_CODE[error.code] ?? kindOf(answer.status);
    return new kind(answer.status, error as Refusal, answer.headers);
  }
  if (answer.status < 500) {
    throw new UnexpectedAnswer("Not the API's envelope of errors.", answer.status);
  }
  const unknown = { code: `http_${answer.status}`, message: "No answer of the API." };
  return new (kindOf(answer.status))(answer.status, unknown, answer.headers);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function now(): number {
  return performance.now() / 1000;
}

function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", stop, { once: true });
  });
}
