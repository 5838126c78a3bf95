/** One word for a POSIX shell, whatever it holds. Throws on NUL, which no argument can carry. */
export function shellWord(word: string): string {
  if (word.includes("\0")) throw new Error("A shell word cannot contain NUL.");
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
