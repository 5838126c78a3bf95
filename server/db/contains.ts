/**
 * Filter for text that holds `text` as it was typed, upper and lower case alike. Prisma hands `contains` to LIKE, where
 * `_`, `%` and `\` mean something else.
 */
export function containing(text: string): { contains: string; mode: "insensitive" } {
  return { contains: text.replace(/[\\%_]/g, "\\$&"), mode: "insensitive" };
}
