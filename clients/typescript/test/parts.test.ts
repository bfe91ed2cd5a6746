/** What needs no server. */

import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { Billing, Breaker, CircuitOpen, errors, Money, ServiceTokens, Unreachable } from "../src/index.ts";

type Asked = { method: string; url: string; key: string | undefined };
type Line = [status: number, body: unknown, headers?: Record<string, string>];

/** A server that answers line by line, and what it was asked. */
async function lines(answers: Line[], use: (url: string, asked: Asked[]) => Promise<void>) {
  const asked: Asked[] = [];
  const listen: RequestListener = (request, response) => {
    const key = request.headers["idempotency-key"] as string | undefined;
    asked.push({ method: request.method as string, url: request.url as string, key });
    const [status, body, headers] = answers.shift() as Line;
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
  const server = createServer(listen).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function refusal(code: string) {
  return { error: { code, message: "No." } };
}

const QUICK = { retries: { pause: 0.001 } };
const NOWHERE = "http://127.0.0.1:9";

describe("a command", () => {
  test("is tried again with the same key", async () => {
    await lines([[503, refusal("unavailable")], [201, { url: "u" }]], async (url, asked) => {
      const acme = new Billing(url, QUICK).workspaces("a/b");
      const urls = { success_url: "s", cancel_url: "c" };
      assert.equal((await acme.checkout({ plan: "p", gateway: "g", ...urls })).url, "u");
      assert.equal(asked.length, 2);
      assert.ok(asked[0]?.key);
      assert.equal(asked[0]?.key, asked[1]?.key);
      assert.equal(asked[0]?.url, "/v1/billing/workspaces/a%2Fb/checkout");
    });
  });

  test("that is refused is not tried again", async () => {
    await lines([[402, refusal("card_declined")]], async (url, asked) => {
      const acme = new Billing(url, QUICK).workspaces("acme");
      await assert.rejects(acme.buy({ addon: "setup" }), errors.CardDeclined);
      assert.equal(asked.length, 1);
    });
  });

  test("waits as long as it is told", async () => {
    const later: Line = [429, refusal("rate_limited"), { "retry-after": "1" }];
    await lines([later, [200, {}]], async (url) => {
      const started = performance.now();
      await new Billing(url, QUICK).workspaces("acme").settings();
      assert.ok(performance.now() - started > 900);
    });
  });

  test("is shown by what is read afterwards", async () => {
    const done: Line = [200, {}, { "x-event-position": "billing:42" }];
    const unknown: Line = [409, refusal("position_unknown")];
    await lines([done, [200, {}], unknown, [200, {}]], async (url, asked) => {
      const billing = new Billing(url, QUICK);
      await billing.workspaces("acme").resume();
      await billing.workspaces("other").subscription();
      await billing.workspaces("acme").subscription();
      const after = asked.map((each) => new URL(each.url, url).searchParams.get("after"));
      assert.deepEqual(after, [null, null, "billing:42", null]);
    });
  });

  test("can be given up by the caller", async () => {
    const billing = new Billing(NOWHERE, { retries: { pause: 10, longestPause: 10 } });
    const signal = AbortSignal.timeout(20);
    await assert.rejects(billing.api.showSettings({ ws: "acme", signal }), { name: "TimeoutError" });
  });
});

describe("a check without an answer", () => {
  const dead = (breaker = new Breaker()) => new Billing(NOWHERE, { breaker, ...QUICK }).workspaces("acme");

  test("is what the caller chose", async () => {
    assert.equal((await dead().canSendMessage({ onError: "allow" })).allowed, true);
    const denied = await dead().canSendMessage({ onError: "deny" });
    assert.deepEqual(denied, { allowed: false, assumed: true });
    await assert.rejects(dead().canSendMessage(), Unreachable);
  });

  test("ends in time", async () => {
    const hanging = createServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((resolve) => hanging.once("listening", resolve));
    const { port } = hanging.address() as AddressInfo;
    const started = performance.now();
    const acme = new Billing(`http://127.0.0.1:${port}`).workspaces("acme");
    const check = await acme.canSendMessage({ onError: "allow", seconds: 0.05 });
    assert.ok(check.assumed);
    assert.ok(performance.now() - started < 900);
    hanging.closeAllConnections();
    hanging.close();
  });

  test("is not waited for after some failures", async () => {
    const acme = dead(new Breaker(2, 60));
    for (const _ of [1, 2]) await acme.canSendMessage({ onError: "deny" });
    await assert.rejects(acme.canSendMessage(), CircuitOpen);
  });

  test("does not hide what the caller did wrong", async () => {
    await lines([[403, refusal("forbidden")]], async (url) => {
      const acme = new Billing(url, QUICK).workspaces("acme");
      await assert.rejects(acme.canSendMessage({ onError: "allow" }), errors.Forbidden);
    });
  });
});

describe("a token", () => {
  test("is signed once while it lasts, and by workspace", async () => {
    const tokens = new ServiceTokens("s".repeat(40), { member: "owner", subject: "Zoë" });
    assert.equal(await tokens.token("acme"), await tokens.token("acme"));
    assert.notEqual(await tokens.token("acme"), await tokens.token("other"));
    const [, body] = (await tokens.token("acme")).split(".");
    const claims = JSON.parse(Buffer.from(body as string, "base64url").toString());
    assert.deepEqual([claims.sub, claims.workspaces], ["Zoë", { acme: "owner" }]);
  });
});

describe("money", () => {
  test("has the places of its currency", () => {
    assert.equal(Money.ofCents(4990, "USD").toString(), "49.90 USD");
    assert.equal(new Money("4900", "JPY").cents, 4900);
    assert.equal(Money.ofCents(-5, "KWD").amount, "-0.005");
    for (const wrong of ["4.999", "1e3", ""]) assert.throws(() => new Money(wrong, "USD"), RangeError);
    assert.throws(() => new Money("1", "XYZ"), RangeError);
  });
});
