import { t } from "@/components/i18n/t";
import { GfsFields } from "@/components/retention/gfs-fields";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { SetPolicy } from "./policy-mode";
import type { PolicyValues } from "./policy-state";

interface PolicyRetentionProps {
  values: PolicyValues;
  set: SetPolicy;
  errors: { keepLast?: string; gfs?: string; rpo?: string };
}

/** How many to keep, and how old the newest may be. What KEEP_LAST counts depends on the mode, so the words do. */
export function PolicyRetention({ values, set, errors }: PolicyRetentionProps) {
  const isChain = values.mode === "INCREMENT";
  return (
    <>
      <Field
        label={isChain ? t("Points to keep in the chain") : t("Backups to keep")}
        help={
          isChain
            ? t(
                "0 keeps all. Above the number, the oldest points are merged into the oldest that stays after an increment. A closed chain counts as one backup: the oldest beyond the number are removed.",
              )
            : t("0 keeps all. Above the number, the oldest backup images are removed after a backup.")
        }
        error={errors.keepLast}
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
      <GfsFields value={values.gfs} onChange={set} error={errors.gfs} />
      <Field
        label={t("RPO in hours")}
        help={t(
          "The longest time between two good backups, for the inventory and the compliance report. Empty: that of its job, else 26.",
        )}
        error={errors.rpo}
        className="max-w-xs"
      >
        {(control) => (
          <Input
            {...control}
            type="number"
            inputMode="decimal"
            min={0}
            step="any"
            value={values.rpoMinutes === null || Number.isNaN(values.rpoMinutes) ? "" : values.rpoMinutes / 60}
            onChange={(event) => set({ rpoMinutes: rpoOf(event.target) })}
            data-testid="policy-rpo"
          />
        )}
      </Field>
    </>
  );
}

/** Minutes; null for an empty field. */
function rpoOf(input: HTMLInputElement): number | null {
  return input.value === "" && !input.validity.badInput ? null : Math.round(input.valueAsNumber * 60);
}
