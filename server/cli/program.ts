import { Command, CommanderError } from "commander";
import { completionScript } from "./completion";
import { messageOf } from "./error";
import type { Options, Program, Subcommand } from "./spec";

/** Every sub-command has these (jobs-api-cli §6.1). */
export const COMMON_OPTIONS: readonly (readonly [string, string])[] = [
  ["-v, --verbose", "say what is done"],
  ["--user <name>", "who calls"],
  ["--password <password>", "of --user; asked for when missing. Other users of the machine can read it here"],
  ["--endpoint <url>", "address of the API"],
];

export interface Parsed {
  subcommand: Subcommand;
  args: readonly string[];
  options: Options;
}

/** Either a command to run, or what to print and the code to end with. */
export type ParseResult = Parsed | { stdout: string; stderr: string; code: number };

/** Parse the words after the program's name, with the messages and exit codes of the reference. */
export function parseCommand(program: Program, argv: readonly string[], version: string): ParseResult {
  let stdout = "";
  let stderr = "";
  let parsed: Parsed | undefined;
  const top = new Command(program.name).description(program.summary).version(version);
  top.helpCommand(false).exitOverride();
  const output = {
    writeOut(text: string) {
      stdout += text;
    },
    writeErr: () => undefined,
  };
  top.configureOutput(output);
  const byName = new Map<string, Command>();
  for (const subcommand of program.commands) {
    const command = top.command(subcommand.name).description(subcommand.summary).exitOverride();
    command.configureOutput(output);
    for (const arg of subcommand.args) command.argument(arg);
    for (const [flags, meaning] of [...(subcommand.options ?? []), ...COMMON_OPTIONS]) command.option(flags, meaning);
    command.action(() => {
      parsed = { subcommand, args: command.args, options: readOptions(command.opts()) };
    });
    byName.set(subcommand.name, command);
  }
  const [word] = argv;
  if (word === "completion" && argv.length === 1) return { stdout: completionScript(program), stderr: "", code: 0 };
  if (word === undefined || (!word.startsWith("-") && !byName.has(word))) {
    if (word !== undefined) stderr = `Command '${word}' not found\n`;
    return { stdout: top.helpInformation(), stderr, code: 0 };
  }
  try {
    top.parse([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const command = byName.get(word) ?? top;
    return { stdout, ...refusal(error, word, command) };
  }
  return parsed ?? { stdout: top.helpInformation(), stderr, code: 0 };
}

function refusal(error: CommanderError, word: string, command: Command): { stderr: string; code: number } {
  const usage = `${command.helpInformation()}\n`;
  switch (error.code) {
    case "commander.helpDisplayed":
    case "commander.help":
    case "commander.version":
      return { stderr: "", code: 0 };
    case "commander.unknownOption":
      return { stderr: `invalid option: ${/'([^']*)'/.exec(error.message)?.[1] ?? ""}\n`, code: 255 };
    case "commander.missingArgument": {
      const needed = command.registeredArguments.filter((argument) => argument.required).length;
      const count = needed === 1 ? "one parameter" : `${needed} parameters`;
      return { stderr: `Command ${word} requires ${count} to run\n${usage}`, code: 255 };
    }
    default:
      return { stderr: `${messageOf(error).replace(/^error: /, "")}\n`, code: 255 };
  }
}

function readOptions(values: Record<string, unknown>): Options {
  // commander names `--disk-id` diskId.
  const key = (name: string) => name.replaceAll(/-(\w)/g, (_all, letter: string) => letter.toUpperCase());
  return {
    text(name) {
      const value = values[key(name)];
      return typeof value === "string" ? value : undefined;
    },
    isSet: (name) => values[key(name)] === true || typeof values[key(name)] === "string",
    isOff: (name) => values[key(name)] === false,
  };
}
