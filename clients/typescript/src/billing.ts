/** The client itself: where billing is, who calls, and what all calls share. */

import { type Api, api, type Schemas } from "./api.ts";
import { Bookmark } from "./bookmark.ts";
import { Breaker } from "./breaker.ts";
import { RETRIES, type Retries } from "./retries.ts";
import type { Session } from "./sender.ts";
import { type Auth, credentials } from "./tokens.ts";
import { Workspace } from "./workspace.ts";

export interface Options {
  readonly auth?: Auth;
  /** Of another client: what it has seen done is shown here. */
  readonly bookmark?: string | Bookmark;
  /** Seconds for one attempt. */
  readonly timeout?: number;
  readonly retries?: Partial<Retries>;
  readonly breaker?: Breaker;
  readonly fetch?: typeof fetch;
}

/** One for the whole process: it keeps tokens and what it has seen. */
export class Billing {
  /** Every operation of `/openapi.json`, under its name there. */
  readonly api: Api;
  readonly #url: string;
  readonly #options: Options;
  readonly #session: Session;
  readonly #breaker: Breaker;

  constructor(url: string, options: Options = {}) {
    this.#url = url;
    this.#options = options;
    this.#breaker = options.breaker ?? new Breaker();
    this.#session = {
      url: url.replace(/\/+$/, ""),
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      credentials: options.auth === undefined ? null : credentials(options.auth),
      bookmark: seen(options.bookmark ?? ""),
      retries: { ...RETRIES, ...options.retries },
      timeout: options.timeout ?? 10,
    };
    this.api = api(this.#session);
  }

  /** The same client for another caller: the bookmark and the breaker are shared. */
  using(auth: Auth): Billing {
    const shared = { bookmark: this.#session.bookmark, breaker: this.#breaker };
    return new Billing(this.#url, { ...this.#options, ...shared, auth });
  }

  workspaces(id: string, from: { readonly bookmark?: string } = {}): Workspace {
    this.#session.bookmark.see(from.bookmark ?? "", id);
    return new Workspace(id, this.api, this.#session, this.#breaker);
  }

  /** Of all that this client has done, to go on elsewhere. */
  bookmark(): string {
    return this.#session.bookmark.token();
  }

  /** Plans on sale, and families that pair a monthly with a yearly one. Needs no token. */
  pricing(): Promise<Schemas["Pricing"]> {
    return this.api.pricePlans({ limit: 500 });
  }

  /** Usage that happened, at most 1,000 events. The same id counts once; what is refused says so in
   * its own result. */
  async report(events: readonly Schemas["ReportedUsage"][]): Promise<Schemas["EventResult"][]> {
    return (await this.api.reportUsage({ body: { events: [...events] } })).results;
  }
}

function seen(bookmark: string | Bookmark): Bookmark {
  if (bookmark instanceof Bookmark) return bookmark;
  const made = new Bookmark();
  made.see(bookmark);
  return made;
}
