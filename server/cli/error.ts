/** Ends the command with 255; the message is all that the user sees. */
export class CliError extends Error {
  override readonly name = "CliError";
  /** Two commands of the reference print errors to stdout (jobs-api-cli §6.1). */
  readonly isOnStdout: boolean;
  constructor(message: string, options: { isOnStdout?: boolean } = {}) {
    super(message);
    this.isOnStdout = options.isOnStdout ?? false;
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Run `work`; an error gets `prefix` in front, as some commands of the reference do. */
export async function prefixed<T>(prefix: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    throw new CliError(`${prefix}: ${error.message}`, { isOnStdout: error.isOnStdout });
  }
}
