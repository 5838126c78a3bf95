import { getServerSession } from "next-auth";
import { z } from "zod";
import type { Core } from "../core/core";
import { loadActor, readFingerprint } from "../core/user/actor";
import type { Actor } from "../domain/actor";
import { AppError } from "../domain/errors";
import { authOptions } from "./options";

const SessionUser = z.object({ userId: z.number().int().min(0), fingerprint: z.string() });

/** The user of the request's session with the rights of now; null when nobody is signed in or the user is disabled. */
export async function sessionActor(core: Core): Promise<Actor | null> {
  const session = SessionUser.safeParse(await getServerSession(authOptions));
  if (!session.success) return null;
  try {
    const { userId, fingerprint } = session.data;
    if ((await readFingerprint(core.db, userId)) !== fingerprint) return null; // the password was changed since
    return await loadActor(core.db, userId);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
