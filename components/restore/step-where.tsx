"use client";

import { said } from "@/components/i18n/said";
import { t } from "@/components/i18n/t";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { RadioCards } from "@/components/ui/radio-cards";
import type { InPlacePlan } from "@/server/domain/in-place";
import type { NetworkChoice, RestorePlan } from "@/server/domain/restore";
import { AttachField } from "./attach-field";
import { InPlaceFields } from "./in-place-fields";
import { MachineFields } from "./machine-fields";
import type { Wizard } from "./use-wizard";
import { WayChoice } from "./way-choice";
import { problemOfName, wayOf } from "./wizard-state";

interface StepWhereProps {
  wizard: Wizard;
  plan: RestorePlan | undefined;
  inPlacePlan: InPlacePlan | undefined;
}

const NETWORKS: readonly { value: NetworkChoice; label: string; help: string }[] = [
  {
    value: "keep",
    get label() {
      return t("Keep networks and addresses");
    },
    get help() {
      return t("The copy asks for the same addresses. While the original runs on the same network, they clash.");
    },
  },
  {
    value: "no_ip",
    get label() {
      return t("Keep networks, new addresses (NO_IP)");
    },
    get help() {
      return t("The network cards stay, without IP and MAC addresses: the copy gets fresh ones.");
    },
  },
  {
    value: "no_nic",
    get label() {
      return t("No networks (NO_NIC)");
    },
    get help() {
      return t("All network cards are removed: the copy is isolated.");
    },
  },
];

/** Step 4: what becomes of it, the name, the networks, and whether a machine is made at once. */
export function StepWhere({ wizard, plan, inPlacePlan }: StepWhereProps) {
  const { draft } = wizard;
  return (
    <div className="max-w-2xl space-y-5">
      <WayChoice wizard={wizard} />
      {wayOf(draft) === "in-place" ? (
        <InPlaceFields wizard={wizard} plan={inPlacePlan} />
      ) : (
        <NewFields wizard={wizard} plan={plan} />
      )}
    </div>
  );
}

function NewFields({ wizard, plan }: { wizard: Wizard; plan: RestorePlan | undefined }) {
  const { draft } = wizard;
  return (
    <>
      {wayOf(draft) === "attach" && <AttachField wizard={wizard} />}
      {wayOf(draft) === "attach" && <CheckNotices plan={plan} id="attach" />}
      <NameField wizard={wizard} plan={plan} />
      {draft.scope === "vm" && (
        <>
          <RadioCards
            legend={t("Networks of the copy")}
            value={draft.net}
            onValueChange={(net) => wizard.update({ net })}
            options={NETWORKS}
          />
          <CheckNotices plan={plan} id="network" />
          <RadioCards
            legend={t("What is made")}
            columns={2}
            value={draft.inst ? "machine" : "template"}
            onValueChange={(value) => wizard.update({ inst: value === "machine" })}
            options={[
              {
                value: "template",
                label: t("Template and images"),
                help: t("Make machines of it later, as many as needed."),
              },
              {
                value: "machine",
                label: t("Also a powered-off machine"),
                help: t("A machine of the template, ready to be started. It stays off until someone starts it."),
              },
            ]}
          />
          {draft.inst && <MachineFields wizard={wizard} />}
        </>
      )}
    </>
  );
}

function NameField({ wizard, plan }: { wizard: Wizard; plan: RestorePlan | undefined }) {
  const { draft } = wizard;
  const isVm = draft.scope === "vm";
  const error = problemOfName(draft.name);
  const byDefault =
    draft.name === "" && plan !== undefined ? (plan.templateName ?? plan.disks[0]?.imageName) : undefined;
  return (
    <div className="space-y-2">
      <Field
        label={isVm ? t("Name of the new template") : t("Name of the new image")}
        help={t("{isVm, select, yes {Its images are named after it. } other {}}Left empty, the name is {byDefault}.", {
          isVm: isVm ? "yes" : "no",
          byDefault: byDefault ?? t("made from the machine and the point"),
        })}
        error={error ?? undefined}
      >
        {(control) => (
          <Input
            {...control}
            value={draft.name}
            maxLength={128}
            autoComplete="off"
            onChange={(event) => wizard.update({ name: event.target.value })}
            data-testid="restore-name"
          />
        )}
      </Field>
      {error === null && <CheckNotices plan={plan} id="names" />}
    </div>
  );
}

/** What the plan's checks say about one subject, where the subject is decided. */
function CheckNotices({ plan, id }: { plan: RestorePlan | undefined; id: RestorePlan["checks"][number]["id"] }) {
  const found = plan?.checks.filter((check) => check.id === id && check.level !== "ok") ?? [];
  return found.map((check) => (
    <Notice key={check.text} tone={check.level === "error" ? "danger" : "warning"}>
      {said(check.text)}
    </Notice>
  ));
}
