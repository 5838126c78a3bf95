/**
 * Was this request made by our own pages? Browsers send `Origin` with every POST and `Sec-Fetch-Site` with everything;
 * a foreign site can set neither. Programs without cookies have no session to abuse and use the API with a token.
 */
export function isSameOrigin(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return false;
  if (request.method === "GET") return true;
  const origin = request.headers.get("origin");
  const host = request.headers.get("x-forwarded-host") ?? request.headers.get("host");
  if (origin === null || host === null) return false;
  return URL.canParse(origin) && new URL(origin).host === host;
}
