import { closeFiles, getFiles, listFiles, requestFiles, searchFiles } from "../../core/files/commands";
import { FilesListInput, FilesPoint, FilesSearchInput, FilesSession } from "../../domain/files";
import { authed, router } from "../trpc";

/** Files of a restore point; their content comes by `/api/files`. */
export const filesRouter = router({
  get: authed.input(FilesPoint).query(({ ctx, input }) => getFiles(ctx, input)),
  open: authed.input(FilesPoint).mutation(({ ctx, input }) => requestFiles(ctx, input)),
  close: authed.input(FilesSession).mutation(({ ctx, input }) => closeFiles(ctx, input.sessionId)),
  list: authed.input(FilesListInput).query(({ ctx, input }) => listFiles(ctx, input)),
  search: authed.input(FilesSearchInput).query(({ ctx, input }) => searchFiles(ctx, input)),
});
