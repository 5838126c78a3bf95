import { t } from "../i18n/t";
import { KeyList } from "../palette/key-list";
import { Card, Facts } from "../ui/card";
import { PageHeader } from "./page-header";

const WORDS = [
  {
    get label() {
      return t("Point");
    },
    get value() {
      return t("A state of a VM that can be restored: a full, or a full with the increments up to it.");
    },
  },
  {
    get label() {
      return t("Chain");
    },
    get value() {
      return t("One full and its increments, in order. Each increment needs everything before it.");
    },
  },
  {
    get label() {
      return t("Full");
    },
    get value() {
      return t("Holds every used block of the disks. Starts a chain.");
    },
  },
  {
    get label() {
      return t("Increment");
    },
    get value() {
      return t("Holds only the blocks that changed since the point before it.");
    },
  },
  {
    get label() {
      return t("Reset");
    },
    get value() {
      return t("Close the chain and start a new one with a full. The old points stay restorable.");
    },
  },
  {
    get label() {
      return t("Run");
    },
    get value() {
      return t("One operation: a backup, a restore, a deletion. It has phases, a log and an outcome.");
    },
  },
  {
    get label() {
      return t("Datastore");
    },
    get value() {
      return t("A place that keeps backups: a folder on this machine or on another one.");
    },
  },
];

const rules = () => [
  t("Increments need every chosen disk to be qcow2 and without snapshots. The VM page says which disk is in the way."),
  t("Backup settings are frozen while the VM is being backed up."),
  t("A chain stays in its datastore. Another datastore can be chosen with a reset."),
  t("A restore makes new images and a template; the VM that was backed up is not touched."),
  t("A run can be cancelled in every phase. The question before it says what is left behind."),
];

/** Words, rules and keys of the product. */
export function HelpPage() {
  return (
    <>
      <PageHeader title={t("Help")} summary={t("The words on these screens, the rules behind them, and the keys.")} />
      <div className="grid gap-4 lg:grid-cols-2">
        <Card title={t("Words")}>
          <Facts items={WORDS} />
        </Card>
        <div className="space-y-4">
          <Card title={t("Rules")}>
            <ul className="list-disc space-y-2 ps-5">
              {rules().map((rule) => (
                <li key={rule}>{rule}</li>
              ))}
            </ul>
          </Card>
          <Card title={t("Keys")}>
            <KeyList />
          </Card>
        </div>
      </div>
    </>
  );
}
