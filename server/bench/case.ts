/** What a case is: our way, the physical primitive and the reference's ways, round by round. */
import type { Bench } from "./contestants";
import { type Contestant, type Memory, roundRobin, watchMemory } from "./measure";

export interface Row {
  name: string;
  /** What the physical primitive is. */
  reference: string;
  /** Milliseconds, one per round; the ways of the reference by name, the first is the one that counts. */
  ours: number[];
  physical: number[];
  upstream: Record<string, number[]>;
  memory: Memory;
  /** Length of what we wrote. */
  bytes: number;
  isRight: boolean;
}

export interface Case {
  name: string;
  measure(bench: Bench): Promise<Row>;
}

export async function compete(
  { rounds }: Bench,
  ours: Contestant,
  physical: Contestant,
  upstream: Record<string, Contestant>,
): Promise<Pick<Row, "ours" | "physical" | "upstream" | "memory">> {
  const names = Object.keys(upstream);
  const [own = [], plain = [], ...others] = await roundRobin([ours, physical, ...Object.values(upstream)], rounds);
  // Last: what it leaves is what is checked.
  const memory = await watchMemory(ours);
  return {
    ours: own,
    physical: plain,
    upstream: Object.fromEntries(names.map((name, index) => [name, others[index] ?? []])),
    memory,
  };
}
