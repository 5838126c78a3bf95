import { Readable } from "node:stream";
import { isSameOrigin } from "@/server/api/same-origin";
import { sessionActor } from "@/server/auth/session";
import { downloadFiles } from "@/server/core/files/download";
import { getCore } from "@/server/core/runtime";
import { AppError } from "@/server/domain/errors";
import { attachmentHeader, FilesDownload } from "@/server/domain/files";

export const dynamic = "force-dynamic";

const STATUS: Readonly<Record<string, number>> = { denied: 403, conflict: 409, not_found: 404, capacity: 503 };

/**
 * A file of an open point, or a folder as an archive: `?folder=<number>&file=<number>` or `?folder=<number>&format=zip`.
 * Always a download.
 */
export async function GET(
  request: Request,
  context: { params: Promise<{ sessionId: string; volume: string }> },
): Promise<Response> {
  const core = getCore();
  if (core === null) return new Response("The core is still starting.", { status: 503 });
  if (!isSameOrigin(request)) return new Response("Cross-origin requests are refused.", { status: 403 });
  const actor = await sessionActor(core);
  if (actor === null) return new Response("Please sign in first.", { status: 401 });
  const params = await context.params;
  const query = new URL(request.url).searchParams;
  const input = FilesDownload.safeParse({
    sessionId: Number(params.sessionId),
    volume: Number(params.volume),
    folder: query.get("folder") ?? "",
    file: query.get("file") ?? "",
    format: query.get("format") ?? undefined,
  });
  if (!input.success) return new Response("There is no such file.", { status: 404 });
  try {
    const { name, bytes, type, content } = await downloadFiles({ core, actor }, input.data, request.signal);
    // server/setup/serve.mjs makes it the length of the answer; Next would drop that.
    return new Response(Readable.toWeb(content) as ReadableStream, {
      headers: {
        "content-type": type,
        ...(bytes === null ? {} : { "x-strata-length": String(bytes) }),
        "content-disposition": attachmentHeader(name),
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "private, no-store",
      },
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return new Response(error.message, { status: STATUS[error.kind] ?? 400 });
  }
}
