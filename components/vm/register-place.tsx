import type { UseFormReturn } from "react-hook-form";
import { freeText } from "@/components/backup/free-text";
import { t } from "@/components/i18n/t";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import type { DatastoreRow } from "@/server/domain/datastore";
import type { HostRow } from "@/server/domain/host";
import type { RegisterVmRequest } from "@/server/domain/vm";
import type { RegisterValues } from "./register-form";

export type RegisterFormApi = UseFormReturn<RegisterValues, unknown, RegisterVmRequest>;

interface RegisterPlaceProps {
  form: RegisterFormApi;
  /** Undefined while they load. */
  hosts: readonly HostRow[] | undefined;
  systems: readonly DatastoreRow[] | undefined;
}

/** The host that has the files, and the system datastore that keeps the VM's folder. */
export function RegisterPlace({ form, hosts, systems }: RegisterPlaceProps) {
  const { errors } = form.formState;
  return (
    <>
      <Field label={t("Host")} help={t("The machine on which the disk files are.")} error={errors.hostId?.message}>
        {(control) => (
          // The key mounts it anew once the options are there: a select cannot hold a value it has no option for.
          <Select key={hosts?.length ?? "loading"} {...control} {...form.register("hostId", { setValueAs: toId })}>
            {hosts === undefined && <option value="">{t("Loading…")}</option>}
            {hosts?.map((host) => (
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
        help={t("Keeps the VM's folder with links to its disks.")}
        error={errors.systemDatastoreId?.message}
      >
        {(control) => (
          <Select
            key={systems?.length ?? "loading"}
            {...control}
            {...form.register("systemDatastoreId", { setValueAs: toId })}
          >
            {systems === undefined && <option value="">{t("Loading…")}</option>}
            {systems?.map((datastore) => (
              <option key={datastore.id} value={datastore.id}>
                {freeText(datastore)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </>
  );
}

/** Option value to id; nothing chosen leaves the schema's default. */
function toId(value: unknown): number | undefined {
  return value === "" || value === undefined || value === null ? undefined : Number(value);
}
