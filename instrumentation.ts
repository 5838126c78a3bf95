/** Next calls this once when the server starts: the core lives in the same process, and `/RPC2` is served beside Next. */
export async function register(): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: Next replaces this very expression when it builds the edge bundle.
  if (process.env["NEXT_RUNTIME"] !== "nodejs") return;
  const { provideRpc2, startCore } = await import("./server/core/runtime");
  const { rpc2Handler } = await import("./server/api/rpc2/http");
  provideRpc2(rpc2Handler(await startCore()));
}
