/** The host of app.py, in TypeScript, with the same pages.
 *
 * make run                     # billing, in another terminal
 * node examples/host/app.mts   # this, on http://127.0.0.1:8001; Node.js 22.18 or later
 *
 * Who is signed in is the host's own business: here it is always Ann, who owns one workspace. */

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
// Elsewhere: from "workspace-billing-client".
import * as client from "../../clients/typescript/src/index.ts";

const { ApiError, Billing, errors, Money, ServiceTokens } = client;
const { env } = process;
const SECRET = env["BILLING_JWT_SECRET"] ?? readFileSync(".data/jwt.secret", "utf8").trim();
const WORKSPACE = env["HOST_WORKSPACE"] ?? "example";
const tokens = new ServiceTokens(SECRET);
const known = { email: "ann@example.com", name: "Ann" };
const ann = tokens.forUser("ann", { [WORKSPACE]: "owner" }, known);
const billing = new Billing(env["BILLING_URL"] ?? "http://127.0.0.1:8000", { auth: tokens });
// What the product asks, and what its user decides. Both see what the other has done.
const host = billing.workspaces(WORKSPACE);
const shop = billing.using(ann).workspaces(WORKSPACE);

type Body = string | AsyncIterable<string>;
type Answer = [status: number, headers: Record<string, string>, body: Body];
type Asked = { request: IncomingMessage; url: URL; id: string }; // which stands in the path
type Route = (asked: Asked) => Promise<Answer>;
const of = (type: string) => ({ "content-type": type });
const answer = (body: unknown, status = 200): Answer =>
  [status, of("application/json"), JSON.stringify(body)];
const stream = (body: Body, status = 200): Answer => [status, of("text/event-stream"), body];
const failed = (status: number, code: string) => answer({ error: { code, message: code } }, status);
const page: Route = async ({ id: name }) => {
  const body = readFileSync(new URL(`pages/${name || "index.html"}`, import.meta.url), "utf8");
  return [200, of(name.endsWith("css") ? "text/css" : "text/html"), body];
};
const price = (cents: number, currency: string) => String(Money.ofCents(cents, currency));

/** Plan and usage as they are after whatever was just done. */
async function showBilling(): Promise<Answer> {
  const [pricing, now] = await Promise.all([billing.pricing(), host.entitlements()]);
  const plans = pricing.data.flatMap(({ slug, name, interval, price_cents, currency }) =>
    price_cents ? [{ slug, name, price: price(price_cents, currency), each: interval }] : [],
  );
  const addons = [];
  for await (const { slug, name, price_cents, currency, can_buy } of shop.addons()) {
    addons.push({ slug, name, price: price(price_cents, currency), can_buy });
  }
  return answer({ plan: now.plan, used: now.used, remaining: now.remaining, plans, addons });
}

/** Swaps where there is a subscription; else its user has to pay, on the gateway's page. */
async function choosePlan({ id: plan, url: { origin } }: Asked): Promise<Answer> {
  const back = `${origin}/billing/return?seen=${shop.bookmark()}`;
  const way = { plan, success_url: back, cancel_url: origin };
  const subscription = await shop.subscription();
  if (!subscription.gateway || !subscription.has_access) {
    return answer({ url: (await shop.checkout({ ...way, gateway: "sandbox" })).url });
  }
  const changed = await shop.swap(way);
  if ("confirmation_url" in changed) return answer({ url: changed.confirmation_url });
  return answer({ url: "url" in changed ? changed.url : "/" });
}

/** The gateway is asked, so that the right plan is shown before any webhook has arrived. */
async function comeBack({ url }: Asked): Promise<Answer> {
  const seen = { bookmark: url.searchParams.get("seen") ?? "" };
  await billing.using(ann).workspaces(WORKSPACE, seen).reconcile();
  return [303, { location: "/" }, ""];
}

/** The saved card is charged; without one the buyer goes to a page. */
async function buyAddon({ id: addon, url: { origin } }: Asked): Promise<Answer> {
  const bought = await shop.buy({ addon, success_url: origin, cancel_url: origin });
  return answer({ status: bought.status, url: bought.confirmation_url ?? "/" });
}

/** Nobody's chat is closed because billing is slow: without an answer in 0.3 s it is open. */
async function openWidget(): Promise<Answer> {
  const check = await host.canStartConversation({ onError: "allow", seconds: 0.3 });
  return answer(check.refusal?.envelope ?? { conversation: randomUUID() });
}

/** Holds a unit; of many at once exactly as many start as are left. */
const start: Route = async ({ id }) => answer(await host.conversation(id).start());

/** A quota that is used up is one frame of the stream that the widget reads anyway. */
async function say({ id, request }: Asked): Promise<Answer> {
  const sent = (await json(request)) as { id: string; text: string };
  try {
    await host.message(sent.id);
  } catch (error) {
    if (!(error instanceof errors.MessageQuotaExceeded)) throw error;
    return stream(error.sse(), error.status);
  }
  return stream(reply(id, sent.text, (await host.entitlements()).max_tokens));
}

/** A model would speak here. A conversation that breaks off gives its unit back by itself. */
async function* reply(conversation: string, text: string, tokens: number): AsyncGenerator<string> {
  for (const word of `You said: ${text}`.split(" ").slice(0, tokens)) {
    await pause(20);
    yield `data: ${word}\n\n`;
  }
  await host.conversation(conversation).firstTurn();
  yield "event: done\ndata: {}\n\n";
}

const ROUTES: [RegExp, Route][] = [
  [/^GET \/(|widget\.html|style\.css)$/, page],
  [/^GET \/api\/billing$/, showBilling],
  [/^POST \/api\/plans\/([^/]+)$/, choosePlan],
  [/^GET \/billing\/return$/, comeBack],
  [/^POST \/api\/addons\/([^/]+)$/, buyAddon],
  [/^GET \/api\/widget$/, openWidget],
  [/^POST \/api\/conversations\/([^/]+)$/, start],
  [/^POST \/api\/conversations\/([^/]+)\/messages$/, say],
];

async function routed(request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
  for (const [pattern, route] of ROUTES) {
    const found = pattern.exec(`${request.method} ${url.pathname}`);
    if (found) return route({ request, url, id: decodeURIComponent(found[1] ?? "") });
  }
  return failed(404, "not_found");
}

/** Billing's refusals are our users' answers: same status, same envelope. */
async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [status, headers, body] = await routed(request).catch((error: unknown) => {
    if (error instanceof ApiError) return answer(error.envelope, error.status);
    console.error(error);
    return failed(500, "internal_error");
  });
  response.writeHead(status, headers);
  for await (const part of typeof body === "string" ? [body] : body) {
    if (response.destroyed) return;
    response.write(part);
  }
  response.end();
}

createServer((request, response) => {
  respond(request, response).catch((error: unknown) => response.destroy(error as Error));
}).listen(Number(env["PORT"] ?? 8001), "127.0.0.1");
