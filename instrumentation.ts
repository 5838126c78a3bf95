/** Next calls this once when the server starts: the core lives in the same process. */
export async function register(): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: Next replaces this very expression when it builds the edge bundle.
  if (process.env["NEXT_RUNTIME"] !== "nodejs") return;
  const { startCore } = await import("./server/core/runtime");
  await startCore();
}
