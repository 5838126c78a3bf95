"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import type { JobDetail, JobSettings } from "@/server/domain/job/job";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { errorView } from "../lib/error-message";
import { formatMb } from "../lib/format";
import { JobRetention } from "../retention/job-retention";
import { ScheduleListField } from "../schedule/schedule-list-field";
import { readSchedule } from "../schedule/schedule-values";
import { useTRPC } from "../trpc/client";
import { Button, ButtonLink } from "../ui/button";
import { Card } from "../ui/card";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import { Select } from "../ui/select";
import { ExclusionFields } from "./exclusion-fields";
import { manageReason } from "./job-reasons";
import { errorsOfServer, type JobErrors, type JobValues, readJob } from "./job-values";
import { HowFields, RunFields } from "./policy-fields";
import { RuleFields } from "./rule-fields";
import { SimulationPanel } from "./simulation-panel";
import { VmPicker } from "./vm-picker";

interface JobFormProps {
  /** The job that is changed, null for a new one. */
  job: JobDetail | null;
  initial: JobValues;
  /** Settings that the form has no field for are taken from here: from the job itself, or from the one it is a copy of. */
  base?: JobSettings | null;
}

/** The one form of jobs: everything that can be set, on one page. */
export function JobForm({ job, initial, base = job?.settings ?? null }: JobFormProps) {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState<JobErrors>({});
  const trpc = useTRPC();
  const { save, isPending } = useSaveJob(job, setErrors);
  const candidates = useQuery(trpc.job.candidates.queryOptions());
  const set = (part: Partial<JobValues>) => {
    setValues((before) => ({ ...before, ...part }));
    // What was wrong with a field says nothing about its new value.
    setErrors((before) => Object.fromEntries(Object.entries(before).filter(([field]) => !(field in part))));
  };
  const vms = candidates.data ?? [];
  const jobId = job?.id ?? null;

  function submit(event: FormEvent) {
    event.preventDefault();
    const read = readJob(values, base, Date.now());
    setErrors(read.errors ?? {});
    if (read.job !== null) save(values, read.job);
  }

  return (
    <form className="grid max-w-4xl gap-4" onSubmit={submit} noValidate>
      <Card title={t("Name")}>
        <Field label={t("Name")} isRequired error={errors.name}>
          {(control) => (
            <Input
              {...control}
              value={values.name}
              autoComplete="off"
              onChange={(event) => set({ name: event.target.value })}
            />
          )}
        </Field>
      </Card>
      <Card title={t("VMs")}>
        <div className="grid gap-6">
          {candidates.error === null ? null : (
            <ErrorState error={candidates.error} what={t("the VMs")} onRetry={() => void candidates.refetch()} />
          )}
          <VmPicker
            candidates={vms}
            jobId={jobId}
            vmIds={values.vmIds}
            onChange={(vmIds) => set({ vmIds })}
            needsIncrements={values.mode === "INCREMENT"}
          />
          {errors.vmIds === undefined ? null : (
            <Notice tone="danger" isAlert>
              {errors.vmIds}
            </Notice>
          )}
          <RuleFields candidates={vms} jobId={jobId} values={values} set={set} errors={errors} />
          <ExclusionFields
            candidates={vms}
            values={values.exclusions}
            onChange={(exclusions) => set({ exclusions })}
            error={errors.exclusions}
          />
        </div>
      </Card>
      <Card title={t("Where")}>
        <DatastoreField
          value={values.datastoreId}
          onChange={(datastoreId) => set({ datastoreId })}
          error={errors.datastoreId}
        />
      </Card>
      <Card title={t("How")}>
        <HowFields values={values} set={set} errors={errors} />
      </Card>
      {job === null ? null : (
        <Card title={t("What retention does")}>
          <JobRetention
            vms={vms.filter((vm) => values.vmIds.includes(vm.id) || vm.jobId === job.id)}
            policy={{ keepLast: Number(values.keepLast), gfs: values.gfs, mode: values.mode }}
          />
        </Card>
      )}
      <Card title={t("When")}>
        <ScheduleListField values={values.schedules} onChange={(schedules) => set({ schedules })} />
        {errors.schedules === undefined ? null : (
          <Notice tone="danger" isAlert className="mt-3">
            {errors.schedules}
          </Notice>
        )}
      </Card>
      <Card title={t("What it will do")}>
        <SimulationPanel jobId={jobId} values={values} />
      </Card>
      <Card title={t("Runs")}>
        <RunFields values={values} set={set} errors={errors} />
      </Card>
      <FormProblem errors={errors} />
      <div className="flex flex-wrap gap-2">
        <Button
          type="submit"
          variant="primary"
          isBusy={isPending}
          disabledReason={job === null ? null : manageReason(job)}
          data-testid="job-save"
        >
          {job === null ? t("Create job") : t("Save job")}
        </Button>
        <ButtonLink href={job === null ? "/jobs" : `/jobs/${job.id}`}>{t("Cancel")}</ButtonLink>
      </div>
    </form>
  );
}

type Read = NonNullable<ReturnType<typeof readJob>["job"]>;

function useSaveJob(job: JobDetail | null, setErrors: (errors: JobErrors) => void) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const end = {
    onError: (error: unknown) => setErrors(errorsOfServer(errorView(error))),
  };
  const saved = async (jobId: number, name: string) => {
    await queryClient.invalidateQueries(trpc.job.pathFilter());
    await queryClient.invalidateQueries(trpc.schedule.pathFilter());
    toast.success(t("Job {name} saved", { name }));
    router.push(`/jobs/${jobId}`);
  };
  const create = useMutation(
    trpc.job.create.mutationOptions({ ...end, onSuccess: ({ jobId }, input) => saved(jobId, input.name) }),
  );
  const change = useMutation(
    trpc.job.save.mutationOptions({ ...end, onSuccess: (_, input) => saved(input.jobId, input.name) }),
  );
  function save(values: JobValues, read: Read) {
    const schedules = values.schedules.map((schedule) => ({
      scheduleId: schedule.scheduleId,
      // Null keeps a finished one as it is; the others are complete, or the form would not have been read.
      schedule: schedule.isFinished ? null : readSchedule(schedule, Date.now()).input,
    }));
    if (job === null) return create.mutate({ ...read, schedules: schedules.flatMap((one) => one.schedule ?? []) });
    const { name, priority, ...settings } = read;
    change.mutate({ jobId: job.id, name, priority, settings, schedules });
  }
  return { save, isPending: create.isPending || change.isPending };
}

function FormProblem({ errors }: { errors: JobErrors }) {
  if (errors.form !== undefined) {
    return (
      <Notice tone="danger" title={t("The job cannot be saved")} isAlert>
        {errors.form}
      </Notice>
    );
  }
  return Object.keys(errors).length === 0 ? null : (
    <Notice tone="danger" isAlert>
      {t("Not saved: look at the marked fields.")}
    </Notice>
  );
}

function DatastoreField(props: {
  value: number | null;
  onChange: (datastoreId: number | null) => void;
  error: string | undefined;
}) {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.datastore.list.queryOptions({ type: "BACKUP" }));
  return (
    <Field
      label={t("Backup datastore")}
      error={props.error}
      help={t("Changing it later makes each VM begin a new chain there; points in the old one stay.")}
    >
      {(control) => (
        <Select
          {...control}
          className="max-w-md"
          value={props.value ?? ""}
          onChange={(event) => props.onChange(event.target.value === "" ? null : Number(event.target.value))}
        >
          <option value="">{t("Choose later: runs fail until then")}</option>
          {(data ?? []).map((datastore) => (
            <option key={datastore.id} value={datastore.id}>
              {t("{name} ({driver}, {freeMb} free)", {
                name: datastore.name,
                driver: datastore.driver,
                freeMb: formatMb(datastore.freeMb),
              })}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
