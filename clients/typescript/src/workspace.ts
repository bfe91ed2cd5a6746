/** Everything about one workspace. */

import { type Api, every, type Input, type Output, type Schemas } from "./api.ts";
import type { Breaker } from "./breaker.ts";
import { type Check, type CheckOptions, check } from "./checks.ts";
import { Conversation } from "./conversation.ts";
import { Reservation } from "./reservation.ts";
import type { operations } from "./schema.ts";
import type { Session } from "./sender.ts";

/** The same key does the same command once, also when this process dies in between. */
export interface Once {
  readonly idempotencyKey?: string | undefined;
}

type Body<K extends keyof operations> = Input<operations[K]> extends { body?: infer B } ? B : never;
type Filter<K extends keyof operations> = Omit<Input<operations[K]>, "ws">;

export class Workspace {
  readonly id: string;
  readonly #api: Api;
  readonly #session: Session;
  readonly #breaker: Breaker;

  constructor(id: string, api: Api, session: Session, breaker: Breaker) {
    this.id = id;
    this.#api = api;
    this.#session = session;
    this.#breaker = breaker;
  }

  /** For the address that a redirect comes back to. */
  bookmark(): string {
    return this.#session.bookmark.token(this.id);
  }

  checkout(body: Body<"startCheckout">, once: Once = {}): Promise<Schemas["CheckoutBody"]> {
    return this.#api.startCheckout({ ws: this.id, body, ...once });
  }

  /** What the gateway says now; safe on every load of a page. */
  reconcile(sessionId?: string): Promise<Schemas["SubscriptionBody"]> {
    return this.#api.reconcileWorkspace({ ws: this.id, body: { session_id: sessionId ?? null } });
  }

  async cancel(reason?: string): Promise<Schemas["SubscriptionBody"]> {
    const body = { reason: reason ?? null };
    return account(await this.#api.cancelSubscription({ ws: this.id, body }));
  }

  async resume(): Promise<Schemas["SubscriptionBody"]> {
    return account(await this.#api.resumeSubscription({ ws: this.id }));
  }

  /** The account where it changed in place; a checkout or a confirmation where somebody has to go to
   * its address first. */
  async swap(
    body: Body<"swapPlan">,
    once: Once = {},
  ): Promise<Exclude<Output<operations["swapPlan"]>, Schemas["ForecastBody"]>> {
    return changed(await this.#api.swapPlan({ ws: this.id, body, ...once }));
  }

  async previewCancel(): Promise<Schemas["ForecastBody"]> {
    return forecast(await this.#api.cancelSubscription({ ws: this.id, dry_run: true }));
  }

  async previewResume(): Promise<Schemas["ForecastBody"]> {
    return forecast(await this.#api.resumeSubscription({ ws: this.id, dry_run: true }));
  }

  async previewSwap(plan: string): Promise<Schemas["ForecastBody"]> {
    return forecast(await this.#api.swapPlan({ ws: this.id, dry_run: true, body: { plan } }));
  }

  portal(returnUrl?: string): Promise<Schemas["PortalBody"]> {
    return this.#api.openPortal({ ws: this.id, body: { return_url: returnUrl ?? null } });
  }

  settings(): Promise<Schemas["SettingsBody"]> {
    return this.#api.showSettings({ ws: this.id });
  }

  changeSettings(body: Body<"changeSettings">): Promise<Schemas["SettingsBody"]> {
    return this.#api.changeSettings({ ws: this.id, body });
  }

  subscription(): Promise<Schemas["Subscription"]> {
    return this.#api.getSubscription({ ws: this.id });
  }

  usage(filter: Filter<"showUsage"> = {}): Promise<Schemas["UsageOfWorkspace"]> {
    return this.#api.showUsage({ ws: this.id, ...filter });
  }

  /** All that it may do now. */
  entitlements(): Promise<Schemas["Entitlements"]> {
    return this.#api.showEntitlements({ ws: this.id });
  }

  invoices(filter: Filter<"listWorkspaceInvoices"> = {}): AsyncGenerator<Schemas["ShownInvoice"]> {
    return every(this.#api.listWorkspaceInvoices, { ws: this.id, ...filter });
  }

  /** Those on sale, each with whether it can be bought. */
  addons(): AsyncGenerator<Schemas["OfferedAddon"]> {
    return every(this.#api.listOfferedAddons, { ws: this.id });
  }

  purchases(): AsyncGenerator<Schemas["BoughtAddon"]> {
    return every(this.#api.listPurchases, { ws: this.id });
  }

  /** Charges the saved payment method. A `pending` purchase has a `confirmation_url` to send the
   * buyer to. Throws CardDeclined. */
  buy(body: Body<"buyAddon">, once: Once = {}): Promise<Schemas["PurchaseBody"]> {
    return this.#api.buyAddon({ ws: this.id, body, ...once });
  }

  /** Which credits are bought by themselves. */
  async topUps(): Promise<Schemas["TopUpBody"][]> {
    return (await this.#api.listTopUps({ ws: this.id })).data;
  }

  /** Lets the add-on be bought when fewer units are left. Throws PriceChanged where it costs
   * something else than expected. */
  setTopUp(meter: string, body: Body<"setTopUp">): Promise<Schemas["TopUpBody"]> {
    return this.#api.setTopUp({ ws: this.id, meter, body });
  }

  /** Nothing more of it is bought by itself. */
  removeTopUp(meter: string): Promise<Schemas["TopUpBody"]> {
    return this.#api.removeTopUp({ ws: this.id, meter });
  }

  /** For each start of a widget. */
  canStartConversation(options?: CheckOptions): Promise<Check> {
    return check(this.#session, this.#breaker, this.id, "can-start-conversation", options);
  }

  canSendMessage(options?: CheckOptions): Promise<Check> {
    return check(this.#session, this.#breaker, this.id, "can-send-message", options);
  }

  /** Checks and counts in one step; the same id counts once. Throws MessageQuotaExceeded. */
  message(id: string, more: Omit<Body<"recordMessage">, "id"> = {}): Promise<Schemas["Counted"]> {
    return this.#api.recordMessage({ ws: this.id, body: { id, ...more } });
  }

  conversation(id: string): Conversation {
    return new Conversation(id, this.id, this.#api);
  }

  /** Holds units of a declared meter until they are settled. Throws QuotaExceeded. An `id` of the
   * caller's own reserves once, also over a restart. */
  async reserve(
    meter: string,
    amount: number,
    more: Partial<Omit<Body<"reserveUnits">, "meter" | "amount">> = {},
  ): Promise<Reservation> {
    const body = { id: `reservation-${crypto.randomUUID()}`, meter, amount, ...more };
    return new Reservation(
      await this.#api.reserveUnits({ ws: this.id, body }),
      this.id,
      this.#api,
    );
  }

  /** Checks and counts in one step; the same id counts once. Throws QuotaExceeded. */
  use(
    meter: string,
    value: number,
    more: Omit<Body<"recordUsage">, "meter" | "value">,
  ): Promise<Schemas["UsageCounted"]> {
    return this.#api.recordUsage({ ws: this.id, body: { meter, value, ...more } });
  }
}

function account(
  answered: Schemas["SubscriptionBody"] | Schemas["ForecastBody"],
): Schemas["SubscriptionBody"] {
  return answered as Schemas["SubscriptionBody"];
}

function forecast(answered: unknown): Schemas["ForecastBody"] {
  return answered as Schemas["ForecastBody"];
}

function changed<A>(answered: A): Exclude<A, Schemas["ForecastBody"]> {
  return answered as Exclude<A, Schemas["ForecastBody"]>;
}
