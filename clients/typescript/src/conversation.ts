/** One conversation: it holds a unit when it starts, and counts when its first turn is complete. */

import type { Api, Schemas } from "./api.ts";

export class Conversation {
  readonly id: string;
  readonly #workspace: string;
  readonly #api: Api;

  constructor(id: string, workspace: string, api: Api) {
    this.id = id;
    this.#workspace = workspace;
    this.#api = api;
  }

  /** Throws PlanLimitReached. */
  start(more: Omit<Schemas["Conversation"], "id"> = {}): Promise<Schemas["Started"]> {
    return this.#api.startConversation({ ws: this.#workspace, body: { id: this.id, ...more } });
  }

  firstTurn(body: Schemas["FirstTurn"] = {}): Promise<Schemas["FirstTurnCounted"]> {
    return this.#api.completeFirstTurn({ ws: this.#workspace, id: this.id, body });
  }

  /** Gives the held unit back. */
  release(): Promise<Schemas["Released"]> {
    return this.#api.releaseConversation({ ws: this.#workspace, id: this.id });
  }
}
