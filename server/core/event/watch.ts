import type { LiveMessage } from "../../domain/event";
import type { Ctx } from "../context";

export async function* watchLive(
  _ctx: Ctx,
  _input: { lastEventId: string | null; signal: AbortSignal },
): AsyncGenerator<LiveMessage> {}
