"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { RotateCcw, SearchX } from "lucide-react";
import { useState } from "react";
import { t } from "@/components/i18n/t";
import { EmptyState } from "@/components/layout/empty-state";
import { ErrorState } from "@/components/layout/error-state";
import { useTRPC } from "@/components/trpc/client";
import { Button, ButtonLink } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { RadioCards } from "@/components/ui/radio-cards";
import { Skeleton } from "@/components/ui/skeleton";
import { useSettled } from "../hooks/use-settled";
import { SourceList } from "./source-list";
import type { Wizard } from "./use-wizard";

const SCOPES = [
  {
    value: "vm",
    get label() {
      return t("Whole machine");
    },
    get help() {
      return t("All its disks as new images, and a template that puts them together.");
    },
  },
  {
    value: "disk",
    get label() {
      return t("One disk");
    },
    get help() {
      return t("A single disk as a new image, to attach wherever it is needed.");
    },
  },
  {
    value: "files",
    get label() {
      return t("Files");
    },
    get help() {
      return t("Look into a point and download files or folders. Nothing is restored.");
    },
  },
] as const;

/** Step 1: how much, and of which machine, also of one that is gone. Choosing a machine goes on. */
export function StepWhat({ wizard, onMoving }: { wizard: Wizard; onMoving: () => void }) {
  const trpc = useTRPC();
  const [search, setSearch] = useState("");
  const settled = useSettled(search.trim());
  const sources = useQuery(
    trpc.restore.sources.queryOptions({ search: settled }, { placeholderData: keepPreviousData }),
  );
  const rows = sources.data ?? [];

  function choose(vm: number) {
    onMoving();
    const isSame = vm === wizard.draft.vm;
    wizard.go("when", isSame ? { vm } : { vm, image: null, inc: null, disk: null });
  }

  return (
    <div className="space-y-4">
      <RadioCards
        legend={t("How much")}
        columns={3}
        value={wizard.draft.scope}
        onValueChange={(scope) => wizard.update({ scope })}
        options={SCOPES}
      />
      <Field label={t("Of which machine")}>
        {(control) => (
          <Input
            {...control}
            type="search"
            value={search}
            placeholder={t("Name or id, also of machines that are gone")}
            onChange={(event) => setSearch(event.target.value)}
            data-testid="restore-search"
          />
        )}
      </Field>
      {sources.isError && (
        <ErrorState
          what={t("the machines with restore points")}
          error={sources.error}
          onRetry={() => void sources.refetch()}
        />
      )}
      {sources.isLoading && <Skeleton className="h-36 w-full" />}
      {sources.isSuccess && rows.length === 0 && <NoSources search={settled} onClear={() => setSearch("")} />}
      {rows.length > 0 && <SourceList sources={rows} selected={wizard.draft.vm} onChoose={choose} />}
    </div>
  );
}

function NoSources({ search, onClear }: { search: string; onClear: () => void }) {
  if (search !== "") {
    return (
      <EmptyState
        icon={SearchX}
        title={t("No machine with restore points matches “{search}”", { search })}
        actions={<Button onClick={onClear}>{t("Clear the search")}</Button>}
      />
    );
  }
  return (
    <EmptyState
      icon={RotateCcw}
      title={t("Nothing to restore yet")}
      actions={<ButtonLink href="/vms">{t("Go to the virtual machines")}</ButtonLink>}
    >
      {t("A machine appears here with its first backup.")}
    </EmptyState>
  );
}
