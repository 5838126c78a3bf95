import { METHODS } from "../../api/rpc2/methods/table";
import { PROGRAMS } from "../../cli/programs";
import { code, pageHead, table } from "./markdown";

/** Every method and command with its state: same, differs, not offered. For docs/compatibility.md. */
export function compatibilityPage(): string {
  return [
    pageHead("Compatibility with OpenNebula", ["server/api/rpc2/methods/", "server/cli/commands/"]),
    "What of OpenNebula's XML-RPC API and command line Strata answers. **Same**: parameters, answers, order of elements",
    "and error codes are those of OpenNebula. **Differs**: it works, and the last column says what is not alike. **Not",
    "offered**: a method answers an error that says so; a sub-command is not found.\n",
    "Other differences, which concern more than one method, are in [differences.md](differences.md).\n",
    "## XML-RPC methods\n",
    "The first parameter of all is the session string. `i` is an integer, `s` a string, `b` a boolean; what stands in",
    "brackets may be missing. Surplus parameters are ignored.\n",
    methodTable(),
    ...PROGRAMS.flatMap((program) => [`## ${program.name}\n`, programTable(program)]),
  ].join("\n");
}

function methodTable(): string {
  const names = Object.keys(METHODS).sort();
  return table(
    ["Method", "Parameters", "State", "How, or why"],
    names.map((name) => {
      const method = METHODS[name];
      const state =
        method?.notOffered !== undefined ? "not offered" : method?.differs === undefined ? "same" : "differs";
      return [code(name), code(method?.params ?? ""), state, method?.notOffered ?? method?.differs ?? ""];
    }),
  );
}

function programTable(program: (typeof PROGRAMS)[number]): string {
  const offered = program.commands.map((command) => [
    code([command.name, ...command.args].join(" ")),
    (command.options ?? []).map(([flags]) => code(flags)).join(" "),
    command.differs === undefined ? "same" : "differs",
    command.differs ?? "",
  ]);
  const missing = Object.entries(program.missing).map(([names, reason]) => [
    names.split(", ").map(code).join(" "),
    "",
    "not offered",
    reason,
  ]);
  return table(["Sub-command", "Options", "State", "How, or why"], [...offered, ...missing]);
}
