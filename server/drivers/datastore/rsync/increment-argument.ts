import { DriverError } from "../../action";

/** `-i <increment id>` of an action on a chain; -1, also without it, is the whole chain. */
export function parseIncrement(action: string, argv: readonly string[]): number {
  if (argv.length === 0) return -1;
  const [option, value = ""] = argv;
  if (argv.length !== 2 || option !== "-i" || !/^(-1|\d{1,9})$/.test(value)) {
    throw new DriverError(`Usage: ${action} [-i <increment id or -1>]`);
  }
  return Number(value);
}
