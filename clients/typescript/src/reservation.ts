/** Units that are held for something of which only its end tells what it costs. */

import type { Api, Schemas } from "./api.ts";

/** Leaving its block (`await using`) gives back what was not settled. Where settling got no answer
 * nothing is given back: it may have been counted, and can be settled again under the same id. */
export class Reservation implements AsyncDisposable {
  readonly held: Schemas["Reserved"];
  readonly #workspace: string;
  readonly #api: Api;
  #settling = false;

  constructor(held: Schemas["Reserved"], workspace: string, api: Api) {
    this.held = held;
    this.#workspace = workspace;
    this.#api = api;
  }

  get id(): string {
    return this.held.id;
  }

  /** Counts what was used, also beyond what is held; the rest goes back. */
  settle(
    value: number,
    more: Omit<Schemas["Settlement"], "value"> = {},
  ): Promise<Schemas["Settled"]> {
    this.#settling = true;
    const body = { value, ...more };
    return this.#api.settleReservation({ ws: this.#workspace, id: this.id, body });
  }

  /** Gives all of it back. */
  release(): Promise<Schemas["ReleasedReservation"]> {
    return this.#api.releaseReservation({ ws: this.#workspace, id: this.id });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#settling) await this.release();
  }
}
