import type { HostRow } from "../../domain/host";
import type { Ctx } from "../context";

export const LOCAL_HOST = "localhost";

/** Every host; `localhost` is this machine. */
export async function listHosts(ctx: Ctx): Promise<HostRow[]> {
  const hosts = await ctx.core.db.host.findMany({ orderBy: { id: "asc" }, select: { id: true, name: true } });
  return hosts.map((host) => ({ ...host, isLocal: host.name === LOCAL_HOST }));
}
