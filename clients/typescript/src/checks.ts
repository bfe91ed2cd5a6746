/** Quota checks of the hot path: bounded in time, and answered whatever happens. */

import type { Schemas } from "./api.ts";
import type { Breaker } from "./breaker.ts";
import { type ApiError, CircuitOpen, LimitReached, ServerError, Unreachable } from "./failures.ts";
import { refusal, type Session, send } from "./sender.ts";

const CHECK_SECONDS = 1;
const QUOTAS = new Set(["plan_limit_reached", "message_quota_exceeded", "quota_exceeded"]);

export interface CheckOptions {
  /** What to take for the answer when there is none in time. */
  readonly onError?: "throw" | "allow" | "deny";
  readonly seconds?: number;
}

/** `refusal` is the quota's own answer, to be passed on. `assumed`: billing gave no answer, and this
 * is what `onError` says. */
export interface Check {
  readonly allowed: boolean;
  readonly assumed: boolean;
  readonly allowance?: Schemas["Allowed"];
  readonly refusal?: ApiError;
}

/** What the caller did wrong is thrown, whatever `onError` says. */
export async function check(
  session: Session,
  breaker: Breaker,
  workspace: string,
  question: string,
  { onError = "throw", seconds = CHECK_SECONDS }: CheckOptions = {},
): Promise<Check> {
  const assumed = (error: unknown): Check => {
    if (onError === "throw") throw error;
    return { allowed: onError === "allow", assumed: true };
  };
  if (!breaker.letsThrough()) return assumed(new CircuitOpen("The last checks failed."));
  try {
    const checked = await asked(session, workspace, question, seconds);
    breaker.succeeded();
    return checked;
  } catch (error) {
    if (error instanceof Unreachable || error instanceof ServerError) {
      breaker.failed();
      return assumed(error);
    }
    if (error instanceof LimitReached) return assumed(error);
    throw error;
  }
}

async function asked(
  session: Session,
  workspace: string,
  question: string,
  seconds: number,
): Promise<Check> {
  const answer = await send(session, {
    method: "GET",
    path: `/v1/metering/workspaces/${encodeURIComponent(workspace)}/${question}`,
    workspace,
    waitsFor: ["billing", "metering"],
    answeredBy: [429],
    seconds,
    attempts: 2,
  });
  if (answer.status !== 429) {
    return { allowed: true, assumed: false, allowance: answer.body as Schemas["Allowed"] };
  }
  const refused = refusal(answer);
  if (!QUOTAS.has(refused.code)) throw refused;
  return { allowed: false, assumed: false, refusal: refused };
}
