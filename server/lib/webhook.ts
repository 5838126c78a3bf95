import { createHmac } from "node:crypto";
import { lookup } from "node:dns/promises";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { placeOf } from "./public-address";

export interface Webhook {
  url: string;
  body: string;
  /** Key of the signature; null sends none. */
  key: string | null;
  /** The same for each try of one delivery, so that the receiver can tell a repeat. */
  deliveryId: string;
  /** May the address be of this machine or of a private network. */
  allowPrivate: boolean;
  /** Epoch seconds, part of what is signed. */
  at: number;
  timeoutMs: number;
}

/**
 * `t=<epoch seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`: the time is signed too, so that a recorded message cannot be
 * sent again later.
 */
export function signatureOf(key: string, at: number, body: string): string {
  return `t=${at},v1=${createHmac("sha256", key).update(`${at}.${body}`).digest("hex")}`;
}

/**
 * POST JSON to an address that somebody typed. The name is resolved once, the address is judged, and that very address is
 * connected to; redirects are not followed, and the answer's body is not read.
 * @throws Error with a sentence for people: refused address, unreachable, no answer in time, any status but 2xx
 */
export async function postWebhook(hook: Webhook): Promise<void> {
  const url = new URL(hook.url);
  const target = await checkedAddress(url.hostname, hook.allowPrivate);
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  const body = Buffer.from(hook.body, "utf8");
  const status = await new Promise<number>((resolve, reject) => {
    const signal = AbortSignal.timeout(hook.timeoutMs);
    const request = send(
      url,
      {
        method: "POST",
        agent: false,
        signal,
        // Whatever the name says by now: the address that was judged.
        lookup: (_name, options, done) => {
          if (options.all === true) done(null, [target]);
          else done(null, target.address, target.family);
        },
        headers: {
          "content-type": "application/json",
          "content-length": body.length,
          "user-agent": "Strata",
          "x-strata-delivery": hook.deliveryId,
          ...(hook.key === null ? {} : { "x-strata-signature": signatureOf(hook.key, hook.at, hook.body) }),
        },
      },
      (response) => {
        resolve(response.statusCode ?? 0);
        response.on("error", () => undefined).destroy();
      },
    );
    request.on("error", (error) =>
      reject(signal.aborted ? new Error(`No answer within ${Math.round(hook.timeoutMs / 1000)} s.`) : error),
    );
    request.end(body);
  });
  if (status >= 300 && status < 400) throw new Error(`Answered ${status}: redirects are not followed.`);
  if (status < 200 || status >= 300) throw new Error(`Answered ${status}.`);
}

async function checkedAddress(hostname: string, allowPrivate: boolean): Promise<{ address: string; family: number }> {
  const name = hostname.replace(/^\[(.*)\]$/, "$1");
  const family = isIP(name);
  const target = family === 0 ? await lookup(name) : { address: name, family };
  const place = placeOf(target.address);
  if (place === "never") throw new Error(`${target.address} is no address that a webhook may go to.`);
  if (place === "private" && !allowPrivate) {
    throw new Error(`${target.address} is an address of this machine or of a private network, which is not allowed.`);
  }
  return target;
}
