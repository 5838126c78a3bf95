import { RadioCards } from "@/components/ui/radio-cards";
import { inPlaceProblem } from "@/server/domain/in-place-checks";
import type { Wizard } from "./use-wizard";
import { type RestoreWay, wayOf } from "./wizard-state";

/** New objects, the VM's own disks, or a disk more: each with its consequence, or why it is not possible. */
export function WayChoice({ wizard }: { wizard: Wizard }) {
  const { draft, living } = wizard;
  const isVm = draft.scope === "vm";
  const gone = `VM ${draft.vm} no longer exists, or you may not use it.`;
  const inPlaceReason = living === null ? gone : inPlaceProblem(living);
  const inPlace = {
    value: "in-place" as const,
    label: "In place",
    help: isVm
      ? "The machine's own disks are overwritten. It stays the same machine, powered off."
      : "This disk of the machine is overwritten; its others stay as they are.",
    disabledReason: inPlaceReason,
  };
  const ways: { value: RestoreWay; label: string; help: string; disabledReason?: string | null }[] = isVm
    ? [
        { value: "new", label: "As something new", help: "New images and a template, and a machine if you wish." },
        inPlace,
      ]
    : [
        { value: "new", label: "As a new image", help: "An image to use wherever it is needed." },
        { value: "attach", label: "As a further disk", help: "A copy is attached to a machine, beside its own disks." },
        inPlace,
      ];
  return (
    <div data-testid="restore-ways">
      <RadioCards
        legend="What becomes of it"
        columns={isVm ? 2 : 3}
        value={wayOf(draft)}
        onValueChange={(how) => wizard.update({ how })}
        options={ways}
      />
    </div>
  );
}
