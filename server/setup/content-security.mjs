import { randomBytes } from "node:crypto";

/**
 * The policy of one response. Scripts run only with its nonce, or when such a script loads them; Next reads the nonce
 * from the request header of the same name and puts it on every script it writes. Styles may be inline, because
 * components position themselves with `style` attributes.
 * @param {{ isDevelopment: boolean }} options development: React's refresh uses eval and a web socket
 * @returns {{ nonce: string, policy: string }}
 */
export function contentSecurityPolicy({ isDevelopment }) {
  const nonce = randomBytes(16).toString("base64");
  const policy = [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${isDevelopment ? " ws:" : ""}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-src 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return { nonce, policy };
}
