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
