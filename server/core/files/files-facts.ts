import { isInPath } from "../verification/boot-facts";

const PROGRAMS = [
  { program: "fls", name: "sleuthkit" },
  { program: "icat", name: "sleuthkit" },
  { program: "blkid", name: "util-linux" },
  { program: "sfdisk", name: "fdisk" },
  { program: "setpriv", name: "util-linux" },
];

/** Why this node can look into no point, null when it can. */
export async function filesProblem(): Promise<string | null> {
  for (const { program, name } of PROGRAMS) {
    if (!(await isInPath(program))) {
      return `${program} is missing on the machine of Strata. Install ${name} there to browse the files of points.`;
    }
  }
  return null;
}
