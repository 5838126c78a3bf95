import { KeyList } from "../palette/key-list";
import { Card, Facts } from "../ui/card";
import { PageHeader } from "./page-header";

const WORDS = [
  { label: "Point", value: "A state of a VM that can be restored: a full, or a full with the increments up to it." },
  { label: "Chain", value: "One full and its increments, in order. Each increment needs everything before it." },
  { label: "Full", value: "Holds every used block of the disks. Starts a chain." },
  { label: "Increment", value: "Holds only the blocks that changed since the point before it." },
  { label: "Reset", value: "Close the chain and start a new one with a full. The old points stay restorable." },
  { label: "Run", value: "One operation: a backup, a restore, a deletion. It has phases, a log and an outcome." },
  { label: "Datastore", value: "A place that keeps backups: a folder on this machine or on another one." },
];

const RULES = [
  "Increments need every chosen disk to be qcow2 and without snapshots. The VM page says which disk is in the way.",
  "Backup settings are frozen while the VM is being backed up.",
  "A chain stays in its datastore. Another datastore can be chosen with a reset.",
  "A restore makes new images and a template; the VM that was backed up is not touched.",
  "A run can be cancelled in every phase. The question before it says what is left behind.",
];

/** Words, rules and keys of the product. */
export function HelpPage() {
  return (
    <>
      <PageHeader title="Help" summary="The words on these screens, the rules behind them, and the keys." />
      <div className="grid gap-4 lg:grid-cols-2">
        <Card title="Words">
          <Facts items={WORDS} />
        </Card>
        <div className="space-y-4">
          <Card title="Rules">
            <ul className="list-disc space-y-2 ps-5">
              {RULES.map((rule) => (
                <li key={rule}>{rule}</li>
              ))}
            </ul>
          </Card>
          <Card title="Keys">
            <KeyList />
          </Card>
        </div>
      </div>
    </>
  );
}
