/** Every operation of the API, typed by its document. */

import { OPERATIONS } from "./operations.ts";
import type { components, operations } from "./schema.ts";
import { type Session, send } from "./sender.ts";

export type Schemas = components["schemas"];
export type OperationName = keyof typeof OPERATIONS & keyof operations;

type Told<T> = [NonNullable<T>] extends [never] ? unknown : NonNullable<T>;
type Of<O, Where extends string> = O extends { parameters: infer P }
  ? Where extends keyof P
    ? Told<P[Where]>
    : unknown
  : unknown;
/** Positions are sent by themselves, and answers are JSON. */
type Asked<O> = Omit<Of<O, "query">, "after" | "format">;
type Content<T> = T extends { content: { "application/json": infer B } } ? B : never;
type Sent<O> = O extends { requestBody: infer R }
  ? { readonly body: Content<R> }
  : O extends { requestBody?: infer R }
    ? [NonNullable<R>] extends [never]
      ? unknown
      : { readonly body?: Exclude<Content<NonNullable<R>>, null> }
    : unknown;
type Keyed<O> = "Idempotency-Key" extends keyof Of<O, "header">
  ? { readonly idempotencyKey?: string | undefined }
  : unknown;

/** What is named in the path or asked for stands beside the body. */
export type Input<O> = Of<O, "path"> &
  Asked<O> &
  Sent<O> &
  Keyed<O> & { readonly signal?: AbortSignal | undefined };
export type Output<O> = O extends { responses: infer R }
  ? { [S in keyof R & (200 | 201 | 202)]: Content<R[S]> }[keyof R & (200 | 201 | 202)]
  : never;
type Method<O> = object extends Input<O>
  ? (input?: Input<O>) => Promise<Output<O>>
  : (input: Input<O>) => Promise<Output<O>>;
export type Api = { readonly [K in OperationName]: Method<operations[K]> };

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly asks: readonly string[];
  readonly keyed: boolean;
  readonly after: readonly string[];
}

export function api(session: Session): Api {
  const methods = Object.entries(OPERATIONS).map(([name, operation]) => [
    name,
    (input: Record<string, unknown> = {}) => carriedOut(session, operation, input),
  ]);
  return Object.fromEntries(methods) as Api;
}

async function carriedOut(
  session: Session,
  operation: Operation,
  input: Record<string, unknown>,
): Promise<unknown> {
  const path = operation.path.replaceAll(/{(\w+)}/g, (_, name: string) =>
    encodeURIComponent(String(input[name])),
  );
  const answer = await send(session, {
    method: operation.method,
    path,
    query: Object.fromEntries(operation.asks.map((name) => [name, input[name]])),
    body: input["body"],
    workspace: typeof input["ws"] === "string" ? input["ws"] : "",
    waitsFor: operation.after,
    keyed: operation.keyed,
    key: input["idempotencyKey"] as string | undefined,
    signal: input["signal"] as AbortSignal | undefined,
  });
  return answer.body;
}

export interface Page<E> {
  readonly data: readonly E[];
  readonly next: string | number | null;
}

/** The elements of a list, a page at a time as they are asked for:
 * `every(billing.api.listOrders, { status: "paid" })`. */
export async function* every<I extends object, E>(
  list: (input: I) => Promise<Page<E>>,
  input: I,
): AsyncGenerator<E, void, undefined> {
  let asked = input;
  for (;;) {
    const page = await list(asked);
    yield* page.data;
    if (page.next === null) return;
    asked = { ...input, cursor: page.next };
  }
}
