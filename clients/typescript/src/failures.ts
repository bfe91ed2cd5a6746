/** What may go wrong with a call. The errors of each code stand in `errors.ts`. */

export class BillingError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/** No answer, in time, after all attempts. A command may have been carried out. */
export class Unreachable extends BillingError {}

/** Not even asked: the last checks failed, and the next one is due in a moment. */
export class CircuitOpen extends Unreachable {}

/** Something answered that is not the API, or one of another version. */
export class UnexpectedAnswer extends BillingError {
  readonly status: number;

  constructor(problem: string, status: number) {
    super(`${problem} (status ${status})`);
    this.status = status;
  }
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The API refused. `code` is stable, `message` is for people. */
export class ApiError extends BillingError {
  readonly status: number;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
  readonly #refusal: Refusal;

  constructor(status: number, refusal: Refusal, headers: Headers = new Headers()) {
    super(refusal.message);
    this.status = status;
    this.code = refusal.code;
    this.details = refusal.details ?? {};
    this.headers = headers;
    this.#refusal = refusal;
  }

  get requestId(): string | null {
    return this.headers.get("x-request-id");
  }

  /** Seconds. */
  get retryAfter(): number | null {
    const text = this.headers.get("retry-after") ?? "";
    return /^\d+$/.test(text) ? Number(text) : null;
  }

  /** Of a quota's refusal: what `api.traceDecision` explains. */
  get decisionId(): string | null {
    return this.headers.get("x-decision-id");
  }

  /** As the API answered it. */
  get envelope(): { readonly error: Refusal } {
    return { error: this.#refusal };
  }

  /** The envelope as one frame of an event stream, as the API itself would send it. */
  sse(): string {
    return `event: error\ndata: ${JSON.stringify(this.envelope)}\n\n`;
  }
}

/** 400, 405, 408, 413, 422, 431: the same request is refused again. */
export class BadRequest extends ApiError {}
/** 401 */
export class Unauthenticated extends ApiError {}
/** 402 */
export class PaymentRequired extends ApiError {}
/** 403 */
export class Forbidden extends ApiError {}
/** 404 */
export class NotFound extends ApiError {}
/** 409: something else has to change first. */
export class Conflict extends ApiError {}
/** 429 */
export class LimitReached extends ApiError {}
/** 5xx: it may be tried again. */
export class ServerError extends ApiError {}

const KINDS: Readonly<Record<number, typeof ApiError>> = {
  401: Unauthenticated,
  402: PaymentRequired,
  403: Forbidden,
  404: NotFound,
  409: Conflict,
  429: LimitReached,
};

/** For codes that this client doesn't know. */
export function kindOf(status: number): typeof ApiError {
  return KINDS[status] ?? (status >= 500 ? ServerError : BadRequest);
}
