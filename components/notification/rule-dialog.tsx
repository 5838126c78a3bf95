"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { type ChannelRow, DIGESTS, type RuleRow, SaveRule, SEVERITIES } from "@/server/domain/notification";
import { t } from "../i18n/t";
import { useTRPC } from "../trpc/client";
import { Checkbox } from "../ui/checkbox";
import { Field } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { Input } from "../ui/input";
import { Select } from "../ui/select";
import { useNotificationChange } from "./use-notification-change";
import { DIGEST_WORDS, SEVERITY_VIEW } from "./words";

interface RuleDialogProps {
  rule: RuleRow | null;
  channels: readonly ChannelRow[];
  onClose: () => void;
}

/** Add or change a rule. */
export function RuleDialog({ rule, channels, onClose }: RuleDialogProps) {
  const trpc = useTRPC();
  const changed = useNotificationChange();
  const [values, setValues] = useState(() => ({
    name: rule?.name ?? "",
    channelId: String(rule?.channelId ?? channels[0]?.id ?? ""),
    minSeverity: rule?.minSeverity ?? "error",
    jobs: rule?.jobIds.join(", ") ?? "",
    labels: rule?.labels.join(", ") ?? "",
    digest: rule?.digest ?? "none",
    isEnabled: rule?.isEnabled ?? true,
  }));
  const [errors, setErrors] = useState<Partial<Record<string, string>>>({});
  const save = useMutation(
    trpc.notification.saveRule.mutationOptions({
      onSuccess: async (_made, { name }) => {
        onClose();
        await changed(t("Rule {name} saved", { name }));
      },
    }),
  );
  function submit() {
    const jobs = listOf(values.jobs).map((word) => word.replace(/^#/, ""));
    if (jobs.some((word) => !/^\d{1,9}$/.test(word))) return setErrors({ jobs: t("Give numbers of jobs: 3, 7.") });
    const { name, minSeverity, digest, isEnabled } = values;
    const parsed = SaveRule.safeParse({
      ruleId: rule?.ruleId ?? null,
      name,
      channelId: Number(values.channelId),
      minSeverity,
      jobIds: jobs.map(Number),
      labels: listOf(values.labels),
      digest,
      isEnabled,
    });
    if (!parsed.success) {
      const issues = parsed.error.issues.toReversed(); // the first of a field is shown
      return setErrors(Object.fromEntries(issues.map((issue) => [String(issue.path[0]), issue.message] as const)));
    }
    setErrors({});
    save.mutate(parsed.data);
  }
  return (
    <FormDialog
      title={rule === null ? t("Add a rule") : t("Edit rule {name}", { name: rule.name })}
      submitLabel={t("Save rule")}
      isBusy={save.isPending}
      error={save.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field label={t("Name")} error={errors["name"]}>
        {(control) => (
          <Input
            {...control}
            value={values.name}
            onChange={(event) => setValues({ ...values, name: event.target.value })}
          />
        )}
      </Field>
      <Field label={t("Channel")} error={errors["channelId"]}>
        {(control) => (
          <Select
            {...control}
            value={values.channelId}
            onChange={(event) => setValues({ ...values, channelId: event.target.value })}
          >
            {channels.map((channel) => (
              <option key={channel.id} value={channel.id}>
                {channel.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t("From this severity on")}>
        {(control) => (
          <Select
            {...control}
            value={values.minSeverity}
            onChange={(event) =>
              setValues({
                ...values,
                minSeverity: SEVERITIES.find((each) => each === event.target.value) ?? "error",
              })
            }
          >
            {SEVERITIES.map((each) => (
              <option key={each} value={each}>
                {SEVERITY_VIEW[each].label}: {SEVERITY_VIEW[each].means}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field
        label={t("Only these jobs")}
        help={t("Their numbers, with commas between them. Empty: all.")}
        error={errors["jobs"]}
      >
        {(control) => (
          <Input
            {...control}
            value={values.jobs}
            onChange={(event) => setValues({ ...values, jobs: event.target.value })}
          />
        )}
      </Field>
      <Field
        label={t("Only VMs with one of these labels")}
        help={t("With commas between them. Empty: all, also what is about no VM.")}
        error={errors["labels"]}
      >
        {(control) => (
          <Input
            {...control}
            value={values.labels}
            onChange={(event) => setValues({ ...values, labels: event.target.value })}
          />
        )}
      </Field>
      <Field label={t("When")}>
        {(control) => (
          <Select
            {...control}
            value={values.digest}
            onChange={(event) =>
              setValues({ ...values, digest: DIGESTS.find((each) => each === event.target.value) ?? "none" })
            }
          >
            {DIGESTS.map((each) => (
              <option key={each} value={each}>
                {DIGEST_WORDS[each]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Checkbox
        checked={values.isEnabled}
        onCheckedChange={(isEnabled) => setValues({ ...values, isEnabled })}
        label={t("In force")}
      />
    </FormDialog>
  );
}

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}
