import { backupJobProgram } from "./commands/backup-job";
import { datastoreProgram } from "./commands/datastore";
import { hostProgram } from "./commands/host";
import { imageProgram } from "./commands/image";
import { templateProgram } from "./commands/template";
import { userProgram } from "./commands/user";
import { vmProgram } from "./commands/vm";
import type { Program } from "./spec";

/** The family of commands. */
export const PROGRAMS: readonly Program[] = [
  vmProgram,
  imageProgram,
  datastoreProgram,
  backupJobProgram,
  hostProgram,
  templateProgram,
  userProgram,
];
