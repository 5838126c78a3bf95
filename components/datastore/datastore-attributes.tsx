import type { DatastoreDetail } from "@/server/domain/datastore";
import type { TemplateValue } from "@/server/domain/template";
import { t } from "../i18n/t";
import { Card, Facts } from "../ui/card";

/** How it is set up. Secrets never reach the browser: the core sends `***`. */
export function DatastoreAttributes({ datastore }: { datastore: DatastoreDetail }) {
  const items = Object.entries(datastore.attributes).map(([name, values]) => ({
    label: name,
    value: <span className="font-mono text-sm">{values.map(valueText).join(", ")}</span>,
  }));
  return (
    <Card title={t("Attributes")}>
      <Facts
        items={[
          { label: "BASE_PATH", value: <span className="font-mono text-sm">{datastore.basePath}</span> },
          { label: "TM_MAD", value: <span className="font-mono text-sm">{datastore.tmMad}</span> },
          ...items,
        ]}
      />
    </Card>
  );
}

function valueText(value: TemplateValue): string {
  if (typeof value === "string") return value;
  return Object.entries(value)
    .map(([key, text]) => `${key}=${text}`)
    .join(" ");
}
