/** A circuit breaker: after some failures in a row nobody waits for the next one. */

/** Opens after `failures` in a row. While it is open, one call each `seconds` is let through; the
 * first that succeeds closes it. */
export class Breaker {
  readonly #most: number;
  readonly #seconds: number;
  readonly #clock: () => number;
  #failed = 0;
  #nextTry = 0;

  constructor(failures = 5, seconds = 2, clock: () => number = () => performance.now() / 1000) {
    this.#most = failures;
    this.#seconds = seconds;
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#failed >= this.#most;
  }

  letsThrough(): boolean {
    if (!this.isOpen) return true;
    if (this.#clock() < this.#nextTry) return false;
    this.#nextTry = this.#clock() + this.#seconds;
    return true;
  }

  succeeded(): void {
    this.#failed = 0;
  }

  failed(): void {
    this.#failed += 1;
    this.#nextTry = this.#clock() + this.#seconds;
  }
}
