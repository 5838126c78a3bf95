/**
 * Next behind an HTTP server of ours, in this process: limits on time and size apply before any code of the
 * application runs, and a shutdown can wait for what is in flight.
 */
import { createServer } from "node:http";
import { contentSecurityPolicy } from "./content-security.mjs";
import { inLanguageOfRequest } from "./locales.mjs";
import { ROOT, SetupError } from "./report.mjs";

/** Headers within 15 s, the whole request within 60 s. Neither limits a response: downloads and event streams go on. */
const HEADERS_MS = 15_000;
const REQUEST_MS = 60_000;
/** Longer than the idle time of common proxies, so that it is they who close an idle connection. */
const KEEP_ALIVE_MS = 75_000;
/** A VM document has some hundred kB at most, and nothing is uploaded: images are read by drivers. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const DRAIN_MS = 2_000;
const RPC2_PATH = /^\/RPC2\/?(\?|$)/;
const FILES_PATH = /^\/api\/files\//;
/** Where instrumentation.ts leaves the handler of `/RPC2` when the core has started. */
const RPC2 = Symbol.for("strata.rpc2");

/**
 * Claim the address, before anything else is started: a taken port is found out at once. Until `use` is called every
 * request is answered with 503.
 * @param {string} host
 * @param {number} port 0: any free one
 * @returns {Promise<{ port: number, server: import("node:http").Server, use: (handler: Handler) => void, close: () => Promise<void> }>}
 * @throws {SetupError} the address is taken or not ours
 *
 * @typedef {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => unknown} Handler
 */
export async function listen(host, port) {
  /** @type {Handler} */
  let handler = sayStarting;
  const server = createServer(
    {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: 32 * 1024,
    },
    (request, response) => {
      if (limitBody(request, response)) handler(request, response);
    },
  );
  await new Promise((/** @type {(value: void) => void} */ resolve, reject) => {
    server.once("error", (error) => reject(new SetupError(addressProblem(error, host, port), { cause: error })));
    server.listen(port, host, resolve);
  });
  server.removeAllListeners("error");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    server,
    use: (next) => {
      handler = next;
    },
    close: () => close(server),
  };
}

/**
 * Next's own request handler with the content security policy of each page in front. `/RPC2` goes past Next, which would
 * cost several times what most of its answers do. Next starts the core beside this
 * (`register()` of instrumentation.ts); it may still be starting when this returns.
 * @param {{ isDevelopment: boolean, host: string, port: number, server: import("node:http").Server }} options
 * @returns {Promise<Handler>}
 */
export async function prepareNext({ isDevelopment, host, port, server }) {
  const { default: next } = await import("next");
  const app = next({ dev: isDevelopment, dir: ROOT, hostname: host, port, httpServer: server });
  await app.prepare();
  const handle = app.getRequestHandler();
  return inLanguageOfRequest((request, response) => {
    request.headers["x-strata-client"] = clientAddress(request);
    if (RPC2_PATH.test(request.url ?? "")) return (Reflect.get(globalThis, RPC2) ?? sayStarting)(request, response);
    const { nonce, policy } = contentSecurityPolicy({ isDevelopment });
    // Next takes the nonce from the first, our own layout from the second; a client's own values must not survive.
    request.headers["content-security-policy"] = policy;
    request.headers["x-nonce"] = nonce;
    request.headers["x-strata-path"] = request.url ?? "/";
    // What a guest wrote has a stricter policy of its own, which a header that is there already would keep out.
    if (FILES_PATH.test(request.url ?? "")) announceLength(response);
    else response.setHeader("Content-Security-Policy", policy);
    return handle(request, response);
  });
}

/**
 * Next takes the length away from what its routes answer, so that a browser shows no progress and cannot tell a download
 * that broke off. The route for files says it in a header of ours.
 * @param {import("node:http").ServerResponse} response
 */
function announceLength(response) {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (...args) => {
    const length = response.getHeader("x-strata-length");
    response.removeHeader("x-strata-length");
    if (length !== undefined && !response.hasHeader("content-encoding")) response.setHeader("Content-Length", length);
    return writeHead(...args);
  };
}

/** @type {Handler} */
function sayStarting(_request, response) {
  response.writeHead(503, { "Content-Type": "text/plain; charset=utf-8", "Retry-After": "2" });
  response.end("Strata is starting.\n");
}

/**
 * Who is at the other end, for throttling sign-ins. A client can write any X-Forwarded-For: the header counts only
 * when TRUST_PROXY says that a proxy of ours sets it, and then its last entry, which the proxy added itself.
 * @param {import("node:http").IncomingMessage} request
 */
function clientAddress(request) {
  const forwarded = request.headers["x-forwarded-for"];
  if (process.env.TRUST_PROXY === "1" && typeof forwarded === "string")
    return forwarded.split(",").at(-1)?.trim() || "unknown";
  return request.socket.remoteAddress ?? "unknown";
}

/**
 * Refuse a body that announces too much, and cut one off that turns out to be too long.
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 * @returns {boolean} whether to go on
 */
function limitBody(request, response) {
  const refuse = () => {
    if (!response.headersSent)
      response.writeHead(413, { "Content-Type": "text/plain; charset=utf-8", Connection: "close" });
    response.end(`A request may have ${MAX_BODY_BYTES} bytes.\n`, () => request.destroy());
  };
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) {
    refuse();
    return false;
  }
  if (request.headers["transfer-encoding"] !== undefined) {
    // Node's parser hands chunks to push(): counting there neither starts the stream nor copies it.
    const push = request.push.bind(request);
    let received = 0;
    request.push = (chunk, encoding) => {
      received += chunk === null ? 0 : chunk.length;
      if (received <= MAX_BODY_BYTES) return push(chunk, encoding);
      refuse();
      return false;
    };
  }
  return true;
}

/**
 * Take no new request, let those in flight end, then cut off what is left: event streams never end by themselves.
 * @param {import("node:http").Server} server
 */
async function close(server) {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const cutOff = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(cutOff);
}

/**
 * @param {Error} error
 * @param {string} host
 * @param {number} port
 */
function addressProblem(error, host, port) {
  const code = "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    return `Port ${port} on ${host} is taken. Stop what uses it, or choose another: PORT=${port + 1} npm start`;
  }
  if (code === "EACCES") return `Port ${port} needs root rights. Choose one above 1023: PORT=3000 npm start`;
  if (code === "EADDRNOTAVAIL") return `This machine has no address ${host}. Set HOST to one of its own, or 0.0.0.0.`;
  return `Cannot listen on ${host}:${port}: ${error.message}`;
}
