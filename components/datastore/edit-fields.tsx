"use client";

import type { DatastoreSettings } from "@/server/domain/datastore-update";
import { t } from "../i18n/t";
import { STEP_BACK_FIELDS } from "./limit-fields";
import { type FieldGroup, SpecFields } from "./spec-fields";

const PLACE: FieldGroup<DatastoreSettings> = {
  title: () => t("Place"),
  fields: [
    { name: "name", kind: "text", isRequired: true, label: () => t("Name") },
    {
      name: "host",
      kind: "text",
      isRequired: true,
      label: () => t("Host"),
      help: () => t("localhost: a folder of this machine."),
    },
    { name: "user", kind: "text", isRequired: true, label: () => t("User") },
    { name: "port", kind: "number", label: () => t("SSH port") },
    { name: "basePath", kind: "text", isRequired: true, label: () => t("Path") },
  ],
};

const LIMIT: FieldGroup<DatastoreSettings>["fields"] = [
  {
    name: "limitMb",
    kind: "number",
    label: () => t("Limit in MiB"),
    help: () => t("The most that backups may use. Empty: all of it."),
  },
];
const RSYNC: FieldGroup<DatastoreSettings>["fields"] = [
  {
    name: "rsyncArgs",
    kind: "text",
    label: () => t("Extra rsync arguments"),
    help: () => t("For example --bwlimit=50m. Empty: ssh."),
  },
];

/** Every setting of a backup datastore that can be changed. */
export function EditFields({ driver }: { driver: string }) {
  const limits: FieldGroup<DatastoreSettings> = {
    title: () => t("Limits and options"),
    fields: [...LIMIT, ...(driver === "rsync" ? RSYNC : []), ...STEP_BACK_FIELDS],
  };
  return <SpecFields groups={[PLACE, limits]} />;
}
