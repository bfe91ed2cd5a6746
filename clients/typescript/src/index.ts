/** A client of the workspace billing API. */

export { type Api, every, type Input, type Output, type Page, type Schemas } from "./api.ts";
export { Billing, type Options } from "./billing.ts";
export { Bookmark } from "./bookmark.ts";
export { Breaker } from "./breaker.ts";
export type { Check, CheckOptions } from "./checks.ts";
export type { Conversation } from "./conversation.ts";
export * as errors from "./errors.ts";
export { ApiError, BillingError, CircuitOpen, UnexpectedAnswer, Unreachable } from "./failures.ts";
export { exponent, Money } from "./money.ts";
export type { Reservation } from "./reservation.ts";
export type { Retries } from "./retries.ts";
export { type Auth, type Claims, type Credentials, ServiceTokens } from "./tokens.ts";
export type { Once, Workspace } from "./workspace.ts";
