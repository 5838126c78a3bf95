import {
  ACTION_STATES,
  ACTION_TRANSITIONS,
  IMAGE_STATES,
  IMAGE_TRANSITIONS,
  type Transition,
  VM_STATES,
  VM_TRANSITIONS,
} from "../../domain/states";
import { code, pageHead, table } from "./markdown";

type Transitions = readonly Transition<string, string>[];

/** States and transitions of VMs, images and runs, as diagrams and tables. */
export function statesPage(): string {
  const vmNumbers = Object.entries(VM_STATES).map(([name, [state, lcm]]) => [name, String(state), String(lcm)]);
  const imageNumbers = Object.entries(IMAGE_STATES).map(([name, state]) => [name, String(state)]);
  return [
    pageHead("States", ["server/domain/states.ts"]),
    "A state changes only along these arrows (`server/core/transition.ts`). Everything else is refused. Numbers are",
    "OpenNebula's.\n",
    "## VM\n",
    ...transitions(VM_TRANSITIONS),
    "States without an arrow are known because documents may name them; nothing here leads to them.\n",
    table(["State", "STATE", "LCM_STATE", "Has an arrow"], withArrow(vmNumbers, VM_TRANSITIONS)),
    "## Image\n",
    ...transitions(IMAGE_TRANSITIONS),
    table(["State", "STATE", "Has an arrow"], withArrow(imageNumbers, IMAGE_TRANSITIONS)),
    "## Run (action)\n",
    ...transitions(ACTION_TRANSITIONS),
    `States: ${ACTION_STATES.map((state) => code(state)).join(", ")}.\n`,
  ].join("\n");
}

function transitions(rows: Transitions): string[] {
  return [
    diagram(rows),
    table(
      ["From", "Event", "To"],
      rows.map(([from, event, to]) => [from, code(event), to]),
    ),
  ];
}

/** Mermaid state diagram; a colon would end the label, and ids have only letters and underscores. */
export function diagram(rows: Transitions): string {
  const lines = rows.map(([from, event, to]) => `  ${from} --> ${to} : ${event.replaceAll(":", " ")}`);
  return `\`\`\`mermaid\nstateDiagram-v2\n${lines.join("\n")}\n\`\`\`\n`;
}

function withArrow(rows: readonly string[][], arrows: Transitions): string[][] {
  const used = new Set(arrows.flatMap(([from, , to]) => [from, to]));
  return rows.map((row) => [...row, used.has(row[0] ?? "") ? "yes" : ""]);
}
