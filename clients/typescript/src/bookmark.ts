/** Which of our commands an answer has to show: positions in the logs of the services. */

const POSITION = /([a-z]+):([0-9]{1,18})/g;
const MOST_WORKSPACES = 10_000;
const EVERYWHERE = "";

/** By service; the latest stands last. */
type Positions = Map<string, bigint>;

/** The positions that this client's commands were answered with, by workspace; those of no
 * workspace concern all. What is forgotten was too long ago to matter. */
export class Bookmark {
  readonly #seen = new Map<string, Positions>();
  readonly #overall: Positions = new Map();

  /** A position, or a token of another bookmark. What is neither is no position: it may come from
   * an address that somebody typed. */
  see(token: string, workspace: string = EVERYWHERE): void {
    for (const [, service, sequence] of token.matchAll(POSITION)) {
      this.#add(workspace, service as string, BigInt(sequence as string));
    }
  }

  /** To be carried over a redirect; safe in an address. Empty without any command. */
  token(workspace: string = EVERYWHERE): string {
    return [...this.#of(workspace)].map(([service, at]) => `${service}:${at}`).join(",");
  }

  /** The latest position of these services that a read of that workspace has to show. */
  after(services: readonly string[], workspace: string = EVERYWHERE): string | undefined {
    const latest = [...this.#of(workspace)].filter(([service]) => services.includes(service)).at(-1);
    return latest && `${latest[0]}:${latest[1]}`;
  }

  /** After `position_unknown`: the logs are others than those that were seen. */
  forget(): void {
    this.#seen.clear();
    this.#overall.clear();
  }

  #add(workspace: string, service: string, sequence: bigint): void {
    const positions: Positions = this.#seen.get(workspace) ?? new Map();
    this.#seen.delete(workspace);
    this.#seen.set(workspace, positions);
    move(positions, service, sequence);
    move(this.#overall, service, sequence);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MOST_WORKSPACES) this.#seen.delete(oldest as string);
  }

  #of(workspace: string): Positions {
    if (workspace === EVERYWHERE) return this.#overall;
    const merged: Positions = new Map(this.#seen.get(EVERYWHERE));
    for (const [service, sequence] of this.#seen.get(workspace) ?? []) move(merged, service, sequence);
    return merged;
  }
}

function move(positions: Positions, service: string, sequence: bigint): void {
  const known = positions.get(service) ?? 0n;
  positions.delete(service);
  positions.set(service, sequence > known ? sequence : known);
}
