"use client";

import { Check } from "lucide-react";
import type { ReactNode } from "react";
import type { OverviewView } from "@/server/domain/overview";
import { t } from "../i18n/t";
import { cn } from "../lib/cn";
import { ButtonLink } from "../ui/button";
import { Card } from "../ui/card";
import { DemoLoader } from "./demo-loader";

/** Three steps from an empty installation to the first restore point, or demo machines to try it with. */
export function Starter({ view }: { view: OverviewView }) {
  const hasVm = view.vms.total > 0;
  const demoRun = view.running.find((action) => action.kind === "demo-load") ?? null;
  return (
    <Card title={t("Three steps to your first backup")}>
      <ol className="grid gap-3 md:grid-cols-3">
        <Step
          number={1}
          title={t("Add a backup datastore")}
          isDone={view.hasBackupDatastore}
          action={<ButtonLink href="/datastores/new">{t("Add datastore")}</ButtonLink>}
        >
          {t("A folder here or on another machine that keeps the backups.")}
        </Step>
        <Step
          number={2}
          title={t("Register a VM")}
          isDone={hasVm}
          action={<ButtonLink href="/vms/new">{t("Register VM")}</ButtonLink>}
        >
          {t("Name the disk files of a machine that is already on a host.")}
        </Step>
        <Step
          number={3}
          title={t("Take the first backup")}
          isDone={view.points > 0}
          action={<ButtonLink href="/vms">{t("Choose a VM")}</ButtonLink>}
        >
          {t("The first one is a full; later ones only store what changed.")}
        </Step>
      </ol>
      {view.hasDemo && demoRun === null ? null : (
        <div className="mt-4 border-t border-line pt-4">
          <DemoLoader running={demoRun} />
        </div>
      )}
    </Card>
  );
}

function Step(props: { number: number; title: string; isDone: boolean; action: ReactNode; children: ReactNode }) {
  return (
    <li className="flex gap-3 rounded-card border border-line p-3">
      <span
        aria-hidden
        className={cn(
          "flex size-7 shrink-0 items-center justify-center rounded-full font-semibold",
          props.isDone ? "bg-success-tint text-success" : "bg-neutral-tint text-neutral",
        )}
      >
        {props.isDone ? <Check className="size-4" /> : props.number}
      </span>
      <div>
        <p className="font-medium">
          {props.title}
          {props.isDone ? <span className="font-normal text-success"> {t("· done")}</span> : null}
        </p>
        <p className="mb-2 text-muted">{props.children}</p>
        {props.isDone ? null : props.action}
      </div>
    </li>
  );
}
