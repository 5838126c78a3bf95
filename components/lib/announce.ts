/** Id of the one polite live region of the page; the layout renders it. */
export const ANNOUNCER_ID = "announcer";

/** Says `text` to screen readers when they are next idle. */
export function announce(text: string): void {
  const region = document.getElementById(ANNOUNCER_ID);
  if (region === null) return;
  // The same sentence twice is only spoken again when the region changes.
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}
