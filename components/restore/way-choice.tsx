import { t } from "@/components/i18n/t";
import { RadioCards } from "@/components/ui/radio-cards";
import { inPlaceProblem } from "@/server/domain/in-place-checks";
import type { Wizard } from "./use-wizard";
import { type RestoreWay, wayOf } from "./wizard-state";

/** New objects, the VM's own disks, or a disk more: each with its consequence, or why it is not possible. */
export function WayChoice({ wizard }: { wizard: Wizard }) {
  const { draft, living } = wizard;
  const isVm = draft.scope === "vm";
  const gone = t("VM {vm} no longer exists, or you may not use it.", { vm: draft.vm });
  const inPlaceReason = living === null ? gone : inPlaceProblem(living);
  const inPlace = {
    value: "in-place" as const,
    label: t("In place"),
    help: isVm
      ? t("The machine's own disks are overwritten. It stays the same machine, powered off.")
      : t("This disk of the machine is overwritten; its others stay as they are."),
    disabledReason: inPlaceReason,
  };
  const ways: { value: RestoreWay; label: string; help: string; disabledReason?: string | null }[] = isVm
    ? [
        {
          value: "new",
          label: t("As something new"),
          help: t("New images and a template, and a machine if you wish."),
        },
        inPlace,
      ]
    : [
        { value: "new", label: t("As a new image"), help: t("An image to use wherever it is needed.") },
        {
          value: "attach",
          label: t("As a further disk"),
          help: t("A copy is attached to a machine, beside its own disks."),
        },
        inPlace,
      ];
  return (
    <div data-testid="restore-ways">
      <RadioCards
        legend={t("What becomes of it")}
        columns={isVm ? 2 : 3}
        value={wayOf(draft)}
        onValueChange={(how) => wizard.update({ how })}
        options={ways}
      />
    </div>
  );
}
