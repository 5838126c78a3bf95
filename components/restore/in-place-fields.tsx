import { freeText } from "@/components/backup/free-text";
import { said } from "@/components/i18n/said";
import { t } from "@/components/i18n/t";
import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import type { InPlacePlan } from "@/server/domain/in-place";
import { OverwrittenDisks } from "./overwritten-disks";
import type { Wizard } from "./use-wizard";

/** In place: the safety point, and what will be gone. */
export function InPlaceFields({ wizard, plan }: { wizard: Wizard; plan: InPlacePlan | undefined }) {
  const { draft, living } = wizard;
  const problems = plan?.checks.filter((check) => check.level === "error") ?? [];
  return (
    <>
      <div className="space-y-3">
        <Checkbox
          checked={draft.safety}
          onCheckedChange={(safety) => wizard.update({ safety })}
          label={t("Back up the present state first (safety point)")}
          help={
            draft.safety
              ? t("Nothing is overwritten before it is stored. It is the way back.")
              : t("What the disks hold now cannot be brought back.")
          }
        />
        {draft.safety && living?.chainDatastore != null && (
          <p className="text-sm text-muted">
            {t("It goes into the open chain, on {name}.", { name: living.chainDatastore.name })}
          </p>
        )}
        {draft.safety && living !== null && living.chainDatastore === null && <SafetyDatastore wizard={wizard} />}
      </div>
      {problems.map((check) => (
        <Notice key={check.id} tone="danger">
          {said(check.text)}
        </Notice>
      ))}
      {plan !== undefined && <OverwrittenDisks plan={plan} />}
    </>
  );
}

function SafetyDatastore({ wizard }: { wizard: Wizard }) {
  const { draft, backupDatastores } = wizard;
  return (
    <Field label={t("Datastore of the safety point")} className="max-w-md">
      {(control) => (
        <Select
          {...control}
          value={draft.safetyds ?? ""}
          onChange={(event) =>
            wizard.update({ safetyds: event.target.value === "" ? null : Number(event.target.value) })
          }
        >
          <option value="">{t("Where the chosen backup is")}</option>
          {backupDatastores.map((datastore) => (
            <option key={datastore.id} value={datastore.id}>
              {freeText(datastore)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
