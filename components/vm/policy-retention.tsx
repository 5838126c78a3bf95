import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { SetPolicy } from "./policy-mode";
import type { PolicyValues } from "./policy-state";

interface PolicyRetentionProps {
  values: PolicyValues;
  set: SetPolicy;
  error: string | undefined;
}

/** How many to keep; what is counted depends on the mode, so the words do. */
export function PolicyRetention({ values, set, error }: PolicyRetentionProps) {
  const isChain = values.mode === "INCREMENT";
  return (
    <Field
      label={isChain ? "Points to keep in the chain" : "Backups to keep"}
      help={
        isChain
          ? "0 keeps all. Above the number, the oldest points are merged into the oldest that stays after an increment. A closed chain counts as one backup: the oldest beyond the number are removed."
          : "0 keeps all. Above the number, the oldest backup images are removed after a backup."
      }
      error={error}
      className="max-w-xs"
    >
      {(control) => (
        <Input
          {...control}
          type="number"
          inputMode="numeric"
          min={0}
          max={10_000}
          value={Number.isNaN(values.keepLast) ? "" : values.keepLast}
          onChange={(event) => set({ keepLast: event.target.valueAsNumber })}
        />
      )}
    </Field>
  );
}
