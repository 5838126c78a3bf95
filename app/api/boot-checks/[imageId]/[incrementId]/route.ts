import { z } from "zod";
import { isSameOrigin } from "@/server/api/same-origin";
import { sessionActor } from "@/server/auth/session";
import { getCore } from "@/server/core/runtime";
import { readScreenshot } from "@/server/core/verification/queries";
import { AppError } from "@/server/domain/errors";

export const dynamic = "force-dynamic";

const Id = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number);
const Params = z.object({ imageId: Id, incrementId: Id });

/** The picture of a point's last boot check, for whoever may USE the backup. */
export async function GET(request: Request, context: { params: Promise<unknown> }): Promise<Response> {
  const core = getCore();
  if (core === null) return new Response("The core is still starting.", { status: 503 });
  if (!isSameOrigin(request)) return new Response("Cross-origin requests are refused.", { status: 403 });
  const actor = await sessionActor(core);
  if (actor === null) return new Response("Please sign in first.", { status: 401 });
  const params = Params.safeParse(await context.params);
  if (!params.success) return new Response("There is no such picture.", { status: 404 });
  try {
    const picture = await readScreenshot({ core, actor }, params.data.imageId, params.data.incrementId);
    return new Response(Buffer.from(picture), {
      headers: {
        "content-type": "image/png",
        "x-content-type-options": "nosniff",
        "cache-control": "private, no-store",
        "content-disposition": `inline; filename="boot-check-${params.data.imageId}-${params.data.incrementId}.png"`,
      },
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return new Response(error.message, { status: error.kind === "denied" ? 403 : 404 });
  }
}
