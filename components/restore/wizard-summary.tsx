import type { ReactNode } from "react";
import { rich, t, words } from "@/components/i18n/t";
import { formatBytes } from "@/components/lib/format";
import { pointName } from "@/components/timeline/point-label";
import { Card, Facts } from "@/components/ui/card";
import { Time } from "@/components/ui/time";
import { lastDrill } from "@/components/verification/drill-text";
import type { NetworkChoice, RestorePlan } from "@/server/domain/restore";
import type { Wizard } from "./use-wizard";
import { wayOf } from "./wizard-state";

const NETWORK_WORDS: Record<NetworkChoice, string> = words({
  keep: "Networks and addresses kept",
  no_ip: "Networks kept, new addresses",
  no_nic: "No networks",
});

/** What both kinds of plan tell. */
type SummaryPlan = Pick<RestorePlan, "totalBytesToRead">;

/** What has been decided so far; fills in as the steps go by. */
export function WizardSummary({ wizard, plan }: { wizard: Wizard; plan: SummaryPlan | undefined }) {
  const { draft, choices } = wizard;
  const chosen = choices.point.kind === "chosen" ? choices.point : null;
  const items: { label: string; value: ReactNode }[] = [
    { label: t("What"), value: draft.vm === null ? t("not chosen") : whatText(wizard) },
    {
      label: t("When"),
      value:
        chosen === null ? (
          t("not chosen")
        ) : (
          <span>
            <Time at={chosen.point.at} />
            <span className="block text-muted">{pointName(chosen.point, chosen.chain)}</span>
          </span>
        ),
    },
    ...(draft.scope === "files" ? [] : targetItems(wizard, plan)),
  ];
  return (
    <div className="lg:sticky lg:top-20 lg:self-start" data-testid="wizard-summary">
      <Card title={t("Summary")}>
        <Facts items={items} className="grid-cols-[max-content_minmax(0,1fr)] gap-x-4 text-sm" />
      </Card>
    </div>
  );
}

function targetItems(wizard: Wizard, plan: SummaryPlan | undefined): { label: string; value: ReactNode }[] {
  const { draft, choices } = wizard;
  const target = wizard.imageDatastores.find((datastore) => datastore.id === choices.datastoreId);
  const isInPlace = wayOf(draft) === "in-place";
  return [
    { label: t("Reads"), value: readsText(wizard, plan) },
    { label: t("To"), value: isInPlace ? t("the machine's own disks") : (target?.name ?? t("not chosen")) },
    ...(draft.scope === "vm" && !isInPlace ? [{ label: t("Networks"), value: NETWORK_WORDS[draft.net] }] : []),
    { label: t("Makes"), value: makesText(wizard) },
    { label: t("Last drill"), value: <LastDrill wizard={wizard} /> },
  ];
}

/** What a restore of this machine has really taken: the only promise about time that is made here. */
function LastDrill({ wizard }: { wizard: Wizard }) {
  const drill = lastDrill(wizard.chains);
  if (drill === null) return <span className="text-muted">{t("none measured; a boot check of a point is one")}</span>;
  return (
    <span>
      {drill.text}
      <span className="block text-muted">
        {rich("increment {incrementId} of chain {imageId}, {time}", {
          incrementId: drill.point.incrementId,
          imageId: drill.point.imageId,
          time: <Time at={drill.check.at} short />,
        })}
      </span>
    </span>
  );
}

/** The plan knows the disks that were picked; before there is one, the whole point is what a whole machine reads. */
function readsText({ choices, draft, request, inPlace }: Wizard, plan: SummaryPlan | undefined): string {
  if (choices.point.kind !== "chosen") return "–";
  if ((request !== null || inPlace !== null) && plan !== undefined) {
    return plan.totalBytesToRead === null ? t("unknown") : formatBytes(plan.totalBytesToRead);
  }
  return draft.scope === "vm" ? formatBytes(choices.point.point.restoreBytes) : "–";
}

function whatText({ draft, chains }: Wizard): string {
  const name = chains[0]?.vmName;
  const machine = name === undefined ? t("VM {vm}", { vm: draft.vm }) : t("{name} (VM {vm})", { name, vm: draft.vm });
  if (draft.scope === "vm") return t("{machine}, all disks", { machine });
  if (draft.scope === "files") return t("Files of {machine}", { machine });
  return draft.disk === null
    ? t("One disk of {machine}", { machine })
    : t("Disk {disk} of {machine}", { disk: draft.disk, machine });
}

function makesText({ draft }: Wizard): string {
  const way = wayOf(draft);
  if (way === "in-place") {
    return draft.safety
      ? t("A safety point, then overwrites the disks")
      : t("Overwrites the disks, without a safety point");
  }
  if (way === "attach") return t("One image, attached to VM {attach}", { attach: draft.attach ?? draft.vm });
  if (draft.scope === "disk") return t("One image");
  return draft.inst ? t("Images, a template and a powered-off machine") : t("Images and a template");
}
