import { freeText } from "@/components/backup/free-text";
import { t } from "@/components/i18n/t";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { Wizard } from "./use-wizard";
import { problemOfName } from "./wizard-state";

/** Name and place of the machine that is made of the restored template. */
export function MachineFields({ wizard }: { wizard: Wizard }) {
  const { draft, choices, hosts, systemDatastores } = wizard;
  return (
    <fieldset className="grid min-w-0 gap-4 rounded-card border border-line bg-surface p-4 sm:grid-cols-2">
      <legend className="px-1 font-medium">{t("The new machine")}</legend>
      <Field
        label={t("Name of the machine")}
        help={t("Left empty, it is named after the template.")}
        error={problemOfName(draft.vmName) ?? undefined}
        className="sm:col-span-2"
      >
        {(control) => (
          <Input
            {...control}
            value={draft.vmName}
            maxLength={128}
            autoComplete="off"
            onChange={(event) => wizard.update({ vmName: event.target.value })}
            data-testid="restore-vm-name"
          />
        )}
      </Field>
      <Field label={t("Host")} error={choices.hostId === null ? t("Choose a host.") : undefined}>
        {(control) => (
          <Select
            {...control}
            value={choices.hostId ?? ""}
            onChange={(event) => wizard.update({ host: Number(event.target.value) })}
          >
            {choices.hostId === null && <option value="">{t("Choose…")}</option>}
            {hosts.map((host) => (
              <option key={host.id} value={host.id}>
                {t("{name}{isLocal, select, yes { (this machine)} other {}}", {
                  name: host.name,
                  isLocal: host.isLocal ? "yes" : "no",
                })}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field
        label={t("System datastore")}
        help={t("Holds the running disks of the machine.")}
        error={choices.systemDatastoreId === null ? t("Choose a system datastore.") : undefined}
      >
        {(control) => (
          <Select
            {...control}
            value={choices.systemDatastoreId ?? ""}
            onChange={(event) => wizard.update({ sysds: Number(event.target.value) })}
          >
            {choices.systemDatastoreId === null && <option value="">{t("Choose…")}</option>}
            {systemDatastores.map((datastore) => (
              <option key={datastore.id} value={datastore.id}>
                {freeText(datastore)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </fieldset>
  );
}
