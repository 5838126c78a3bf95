import type { Program, Subcommand } from "./spec";

const COMMON = ["--verbose", "--user", "--password", "--endpoint", "--help"];

/** A bash script that completes sub-commands and options: `source <(onevm completion)`. Names come from our own tables. */
export function completionScript(program: Program): string {
  const names = program.commands.map((subcommand) => subcommand.name);
  const cases = program.commands.map(
    (subcommand) => `    ${subcommand.name}) words="${longOptions(subcommand).join(" ")}" ;;`,
  );
  return `_${program.name}() {
  local words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${names.join(" ")} completion"
  else
    case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}")
  [ \${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -F _${program.name} ${program.name}
`;
}

function longOptions(subcommand: Subcommand): string[] {
  const own = (subcommand.options ?? []).flatMap(([flags]) => flags.match(/--[\w-]+/g) ?? []);
  return [...own, ...COMMON];
}
