import { createParser, parseAsBoolean, parseAsString, parseAsStringLiteral } from "nuqs";
import { NETWORK_CHOICES, RESTORE_SCOPES, RESTORE_WAYS, WIZARD_STEPS } from "./wizard-state";

/**
 * An id in the URL. What is no id becomes -1, which names nothing: a mangled `inc` must not read as "not given",
 * because then the newest point would quietly take its place.
 */
const parseAsId = createParser({
  parse: (text) => (/^\d{1,10}$/.test(text) ? Number(text) : -1),
  serialize: String,
});

/** Everything the wizard keeps in the URL. */
export const WIZARD_PARAMS = {
  step: parseAsStringLiteral(WIZARD_STEPS),
  scope: parseAsStringLiteral(RESTORE_SCOPES).withDefault("vm"),
  vm: parseAsId,
  image: parseAsId,
  inc: parseAsId,
  disks: parseAsId,
  how: parseAsStringLiteral(RESTORE_WAYS).withDefault("new"),
  safety: parseAsBoolean.withDefault(true),
  safetyds: parseAsId,
  attach: parseAsId,
  ds: parseAsId,
  name: parseAsString.withDefault(""),
  net: parseAsStringLiteral(NETWORK_CHOICES).withDefault("keep"),
  inst: parseAsBoolean.withDefault(false),
  vmName: parseAsString.withDefault(""),
  host: parseAsId,
  sysds: parseAsId,
};
