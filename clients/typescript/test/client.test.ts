/** Against the real server: `BILLING_URL`, signed for with `BILLING_SECRET`. */

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Billing, errors, every, ServiceTokens } from "../src/index.ts";

const url = process.env["BILLING_URL"] as string;
const secret = process.env["BILLING_SECRET"] as string;
const roles = ["service", "super_admin"];
const tokens = new ServiceTokens(secret, { roles, member: "owner" });
const billing = new Billing(url, { auth: tokens });
const back = {
  success_url: "https://app.example.com/billing?session={CHECKOUT_SESSION_ID}",
  cancel_url: "https://app.example.com/billing",
};

async function pay(address: string): Promise<void> {
  await fetch(address, {
    method: "POST",
    body: new URLSearchParams({ card: "4242 4242 4242 4242" }),
    redirect: "manual",
  });
}

async function subscribed() {
  const acme = billing.workspaces(`ts-${randomUUID().slice(0, 12)}`);
  const checkout = await acme.checkout({ plan: "pro-monthly", gateway: "sandbox", ...back });
  await pay(checkout.url);
  const account = await acme.reconcile();
  assert.equal(account.status, "active");
  return acme;
}

describe("a subscription", () => {
  test("goes from the price list to its end", async () => {
    const { data } = await billing.pricing();
    assert.ok(data.some((plan) => plan.slug === "pro-monthly"));
    const acme = await subscribed();
    assert.equal((await acme.subscription()).plan, "pro-monthly");
    assert.ok((await acme.previewCancel()).effective_at);
    assert.equal((await acme.cancel()).status, "grace");
    assert.equal((await acme.resume()).status, "active");
    assert.equal((await acme.changeSettings({ plan_change: "prorate" })).plan_change, "prorate");
    assert.equal((await Array.fromAsync(acme.invoices())).length, 1);
  });

  test("shows what was changed at once, over a redirect too", async () => {
    const acme = await subscribed();
    for (const plan of ["pro-yearly", "pro-monthly"]) {
      assert.ok("plan" in (await acme.swap({ plan })));
      assert.equal((await acme.subscription()).plan, plan);
    }
    const other = new Billing(url, { auth: tokens });
    const shown = other.workspaces(acme.id, { bookmark: acme.bookmark() });
    assert.equal((await shown.subscription()).plan, "pro-monthly");
  });

  test("begins one checkout for one key", async () => {
    const acme = billing.workspaces(`ts-${randomUUID()}`);
    const idempotencyKey = randomUUID();
    const body = { plan: "pro-monthly", gateway: "sandbox", ...back };
    const begun = [await acme.checkout(body, { idempotencyKey }), await acme.checkout(body, { idempotencyKey })];
    assert.equal(begun[0]?.checkout_id, begun[1]?.checkout_id);
  });

  test("is refused with an error of its code", async () => {
    const acme = billing.workspaces(`ts-${randomUUID()}`);
    await assert.rejects(acme.cancel(), (error) => {
      assert.ok(error instanceof errors.NotSubscribed && error instanceof errors.Conflict);
      assert.ok(error.requestId);
      return true;
    });
    await assert.rejects(billing.api.getPlan({ slug: "nosuch" }), errors.PlanNotFound);
  });

  test("is nobody else's to see", async () => {
    const ann = billing.using(tokens.forUser("ann", { acme: "owner" }, { name: "Ann" }));
    await assert.rejects(ann.workspaces("other").subscription(), errors.Forbidden);
  });
});

describe("credits", () => {
  test("are bought by themselves", async () => {
    await billing.api.declareMeter({ slug: "tokens", body: { unit: "tokens", aggregation: "sum" } });
    const acme = await subscribed();
    const slug = `more-${acme.id}`;
    await billing.api.createAddon({
      body: {
        slug,
        name: "More tokens",
        price_cents: 900,
        currency: "USD",
        description: "More.",
        kind: "credits",
        grants: [{ meter: "tokens", amount: 1000 }],
      },
    });
    assert.equal((await acme.buy({ addon: slug })).status, "paid");
    const rule = { addon: slug, below: 500 };
    await assert.rejects(acme.setTopUp("tokens", { ...rule, expected_price_cents: 1 }), errors.PriceChanged);
    assert.equal((await acme.setTopUp("tokens", rule)).status, "active");
    assert.deepEqual((await acme.topUps()).map((each) => each.addon), [slug]);
    assert.equal((await acme.removeTopUp("tokens")).status, "removed");
  });
});

describe("usage", () => {
  test("a reservation is settled or given back", async () => {
    await billing.api.declareMeter({
      slug: "tokens",
      body: { unit: "tokens", aggregation: "sum" },
    });
    const acme = billing.workspaces(`ts-${randomUUID()}`);
    while (!("tokens" in (await acme.entitlements()).meters)) await sleep(50);
    await billing.api.grantCredits({
      ws: acme.id,
      body: { id: "g1", meter: "tokens", amount: 10_000 },
    });
    {
      await using reservation = await acme.reserve("tokens", 4000);
      assert.equal((await reservation.settle(3121)).released, 879);
      await using unused = await acme.reserve("tokens", 5000, { id: "r2" });
      assert.equal(unused.held.status, "reserved");
    }
    await assert.rejects(acme.reserve("tokens", 10_000), errors.QuotaExceeded);
    assert.equal((await acme.use("tokens", 9, { id: "turn-1" })).status, "inserted");
    const tokens = (await acme.entitlements()).meters["tokens"];
    assert.deepEqual([tokens?.used, tokens?.reserved], [3130, 0]);
  });

  test("holds, counts, and is given back", async () => {
    const acme = billing.workspaces(`ts-${randomUUID()}`);
    assert.equal((await acme.canStartConversation({ onError: "deny" })).allowed, true);
    assert.ok((await acme.conversation("a/1").start()).hold_expires_at);
    assert.equal((await acme.conversation("a/1").firstTurn()).status, "inserted");
    await acme.conversation("a/2").start();
    assert.equal((await acme.conversation("a/2").release()).status, "released");
    assert.equal((await acme.entitlements()).used.conversations, 1);
  });

  test("counts once for one id", async () => {
    const acme = billing.workspaces(`ts-${randomUUID()}`);
    const twice = [await acme.message("m1"), await acme.message("m1")];
    assert.deepEqual(twice.map((each) => each.status), ["inserted", "duplicate"]);
    const metric = "message" as const;
    const reported = await billing.report([{ id: "m2", workspace_id: acme.id, metric }]);
    assert.deepEqual(reported.map((each) => each.status), ["inserted"]);
  });

  test("is refused in the frame of a stream when it is used up", async () => {
    const slug = `ts-one-${randomUUID().slice(0, 8)}`;
    const limits = { monthly_conversations: 1, monthly_messages: 1 };
    await billing.api.createPlan({ body: { slug, name: "One", price_cents: 0, ...limits } });
    const acme = billing.workspaces(slug);
    await billing.api.assignPlan({ ws: slug, body: { plan: slug } });
    assert.equal((await acme.entitlements()).plan, slug);
    await acme.message("m1");
    await assert.rejects(acme.message("m2"), (error) => {
      assert.ok(error instanceof errors.MessageQuotaExceeded);
      assert.match(error.sse(), /^event: error\ndata: \{"error"/);
      return true;
    });
    const check = await acme.canSendMessage({ onError: "allow" });
    assert.deepEqual([check.allowed, check.assumed], [false, false]);
    assert.ok(check.refusal?.decisionId);
  });
});

describe("lists", () => {
  test("are read a page at a time", async () => {
    const acme = await subscribed();
    const found = await Array.fromAsync(every(billing.api.listEvents, { workspace: acme.id, limit: 1 }));
    assert.ok(found.length >= 3);
    const plans = await Array.fromAsync(every(billing.api.listPlans, { limit: 1 }));
    assert.ok(plans.some((plan) => plan.slug === "pro-monthly"));
  });
});
