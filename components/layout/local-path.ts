/**
 * Where to go after the sign-in: a path of this site, or `/`. next-auth hands over the whole address of our own page;
 * whatever its origin says, only path and query are taken, so no link can lead to another site.
 */
export function localPath(value: unknown): string {
  const base = "http://local.invalid";
  if (typeof value !== "string" || !URL.canParse(value, base)) return "/";
  const url = new URL(value, base);
  const isWeb = url.protocol === "http:" || url.protocol === "https:";
  return isWeb && !/^\/[/\\]/.test(url.pathname) ? `${url.pathname}${url.search}` : "/";
}

/** What sets the cookie of the user's language, then leads back to `path`. */
export function localeHref(path: string | null): string {
  return `/api/locale?to=${encodeURIComponent(targetOf(path))}`;
}

function targetOf(path: string | null): string {
  const url = new URL(localPath(path), "http://local.invalid");
  url.searchParams.delete("_rsc"); // Next's own, on requests for a part of a page
  return `${url.pathname}${url.search}`;
}

/** The sign-in that leads back to `path`, a path with its query as the browser asked for it. */
export function signInHref(path: string | null): string {
  const target = targetOf(path);
  return target === "/" ? "/login" : `/login?callbackUrl=${encodeURIComponent(target)}`;
}
