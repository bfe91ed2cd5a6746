/** Access tokens: given ones, and ones that a service signs for itself. */

const RENEW_SECONDS = 30;
const MOST_TOKENS = 10_000;

export interface Credentials {
  /** For a call about that workspace; empty when it is about none. */
  token(workspace: string): string | Promise<string>;
}

/** A token, a function that knows the present one, or what signs tokens. */
export type Auth = string | (() => string | Promise<string>) | Credentials;

export function credentials(auth: Auth): Credentials {
  if (typeof auth === "string") return { token: () => auth };
  return typeof auth === "function" ? { token: auth } : auth;
}

/** `workspaces` are roles by workspace. A host that has checked by itself what its user may do gives
 * `member: "owner"` instead: a call about a workspace is then made as that role in it. */
export interface Claims {
  readonly roles?: readonly string[];
  readonly workspaces?: Readonly<Record<string, string>>;
  readonly subject?: string;
  readonly member?: string;
  readonly email?: string;
  readonly name?: string;
  readonly issuer?: string;
  readonly audience?: string;
  /** Seconds. */
  readonly lifetime?: number;
  readonly keyId?: string;
}

/** Signs (HS256) with the secret that the billing system verifies with. A token is used until
 * shortly before its end. */
export class ServiceTokens implements Credentials {
  readonly #secret: string;
  readonly #claims: Claims;
  readonly #minted = new Map<string, { until: number; token: Promise<string> }>();

  constructor(secret: string, claims: Claims = {}) {
    this.#secret = secret;
    this.#claims = { roles: ["service"], subject: "host", lifetime: 600, ...claims };
  }

  /** Of a person with these roles by workspace, and no role of the platform. */
  forUser(
    subject: string,
    workspaces: Readonly<Record<string, string>>,
    known: Pick<Claims, "email" | "name"> = {},
  ): ServiceTokens {
    const { member: _, email: __, name: ___, ...claims } = this.#claims;
    return new ServiceTokens(this.#secret, { ...claims, ...known, subject, workspaces, roles: [] });
  }

  token(workspace = ""): Promise<string> {
    const scope = this.#claims.member ? workspace : "";
    const now = Date.now() / 1000;
    const known = this.#minted.get(scope);
    if (known && known.until - RENEW_SECONDS > now) return known.token;
    const until = now + (this.#claims.lifetime as number);
    const token = this.#mint(scope, until);
    this.#minted.delete(scope);
    this.#minted.set(scope, { until, token });
    const [oldest] = this.#minted.keys();
    if (this.#minted.size > MOST_TOKENS) this.#minted.delete(oldest as string);
    return token;
  }

  async #mint(workspace: string, expires: number): Promise<string> {
    const { roles, workspaces, subject, member, email, name, issuer, audience } = this.#claims;
    const own = workspace && member ? { [workspace]: member } : {};
    const header = { alg: "HS256", typ: "JWT", kid: this.#claims.keyId };
    const body = {
      sub: subject,
      exp: Math.floor(expires),
      roles,
      workspaces: { ...own, ...workspaces },
      email,
      name,
      iss: issuer,
      aud: audience,
    };
    const signed = [header, body].map((part) => encoded(utf8(JSON.stringify(part)))).join(".");
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", utf8(this.#secret), algorithm, false, ["sign"]);
    const signature = await crypto.subtle.sign("HMAC", key, utf8(signed));
    return `${signed}.${encoded(new Uint8Array(signature))}`;
  }
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function encoded(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
