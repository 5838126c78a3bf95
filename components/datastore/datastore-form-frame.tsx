"use client";

import { type FormEvent, type ReactNode, useState } from "react";
import type { DatastoreTestResult, TestedDriver } from "@/server/domain/datastore";
import { useAdminReason } from "../hooks/use-admin-reason";
import { t } from "../i18n/t";
import { errorView } from "../lib/error-message";
import { Button, ButtonLink } from "../ui/button";
import { Card } from "../ui/card";
import { Checkbox } from "../ui/checkbox";
import { Notice } from "../ui/notice";
import { TestReport } from "./test-report";

export interface DatastoreFormFrameProps {
  driver: TestedDriver;
  onSave: (event: FormEvent) => void;
  saveError: unknown;
  isSaving: boolean;
  onTest: () => void;
  /** Of the fields as they are now. */
  test: { result: DatastoreTestResult | undefined; error: unknown; isRunning: boolean; isOutdated: boolean };
  /** The fields. */
  children: ReactNode;
}

/**
 * What the create forms of all drivers share: the connection is tested stage by stage before the first save, unless that
 * is overridden.
 */
export function DatastoreFormFrame({ driver, test, ...props }: DatastoreFormFrameProps) {
  const adminReason = useAdminReason(t("add datastores"));
  const [isOverridden, setIsOverridden] = useState(false);
  const testReason =
    isOverridden || test.result?.isOk === true
      ? null
      : t("Test the connection first, or choose to save without a passed test.");
  return (
    <form onSubmit={props.onSave} noValidate className="grid gap-4">
      {props.saveError === null ? null : (
        <Notice tone="danger" isAlert title={t("The datastore was not added")}>
          {errorView(props.saveError).message}
        </Notice>
      )}
      {props.children}
      <Card title={t("Connection test")}>
        <TestReport driver={driver} {...test} />
        <Button className="mt-3" isBusy={test.isRunning} disabledReason={adminReason} onClick={props.onTest}>
          {t("Test connection")}
        </Button>
        <Checkbox
          className="mt-4"
          label={t("Save without a passed test")}
          help={t("For a server that is not up yet. What is stored there fails until it is.")}
          checked={isOverridden}
          onCheckedChange={setIsOverridden}
        />
      </Card>
      <div className="flex flex-wrap justify-end gap-2">
        <ButtonLink href="/datastores">{t("Back to the list")}</ButtonLink>
        <Button type="submit" variant="primary" isBusy={props.isSaving} disabledReason={adminReason ?? testReason}>
          {t("Add datastore")}
        </Button>
      </div>
    </form>
  );
}
