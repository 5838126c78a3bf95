const MIN_MINUTES = 5;
const MAX_MINUTES = 525_600;

/** Hours as they are typed, with a point or a comma, in minutes; null when that is no target. */
export function rpoMinutesIn(hours: string): number | null {
  const text = hours.trim().replace(",", ".");
  if (!/^\d+(\.\d+)?$/.test(text)) return null;
  const minutes = Math.round(Number(text) * 60);
  return minutes < MIN_MINUTES || minutes > MAX_MINUTES ? null : minutes;
}

/** The labels in a text with commas, each once. */
export function labelsIn(text: string): string[] {
  const labels = text.split(",").map((label) => label.trim());
  return [...new Set(labels.filter((label) => label !== ""))];
}
