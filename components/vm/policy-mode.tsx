import { said } from "@/components/i18n/said";
import { t } from "@/components/i18n/t";
import { RadioCards } from "@/components/ui/radio-cards";
import type { VmDetail } from "@/server/domain/vm";
import type { PolicyValues } from "./policy-state";

/** Changes some of the settings of the form. */
export type SetPolicy = (changes: Partial<PolicyValues>) => void;

const FREEZES = [
  {
    value: "NONE",
    get label() {
      return t("None");
    },
    get help() {
      return t("Crash-consistent: as after a power cut.");
    },
  },
  {
    value: "AGENT",
    get label() {
      return t("QEMU guest agent");
    },
    get help() {
      return t("File systems are frozen for a moment. The guest needs the agent.");
    },
  },
  {
    value: "SUSPEND",
    get label() {
      return t("Suspend");
    },
    get help() {
      return t("The machine pauses while the backup is prepared.");
    },
  },
] as const;

/** Full or increment, how changes are tracked, and how the guest is made quiet. */
export function PolicyMode({ vm, values, set }: { vm: VmDetail; values: PolicyValues; set: SetPolicy }) {
  return (
    <>
      <RadioCards
        legend={t("Mode")}
        columns={2}
        value={values.mode}
        onValueChange={(mode) => set({ mode })}
        options={[
          { value: "FULL", label: t("Full"), help: t("Every backup copies everything and stands alone.") },
          {
            value: "INCREMENT",
            label: t("Increment"),
            help: t("A full first, then only what changed since: a chain."),
            disabledReason:
              vm.canIncrement || vm.cannotIncrementReason === null ? null : said(vm.cannotIncrementReason),
          },
        ]}
      />
      {values.mode === "INCREMENT" && (
        <RadioCards
          legend={t("How changes are found")}
          columns={2}
          value={values.incrementMode}
          onValueChange={(incrementMode) => set({ incrementMode })}
          options={[
            {
              value: "CBT",
              label: t("Changed block tracking"),
              help: t("QEMU keeps a record of what was written. The usual choice."),
            },
            {
              value: "SNAPSHOT",
              label: t("Snapshot"),
              help: t(
                "Between backups the VM writes into a file beside each disk, merged back by each backup. A VM that runs begins with its next start.",
              ),
              disabledReason: vm.cannotOverlayReason,
            },
          ]}
        />
      )}
      <RadioCards
        legend={t("File system freeze (takes effect while a VM runs)")}
        columns={3}
        value={values.fsFreeze}
        onValueChange={(fsFreeze) => set({ fsFreeze })}
        options={FREEZES}
      />
    </>
  );
}
