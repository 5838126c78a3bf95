"use client";

import { useState } from "react";
import { t } from "@/components/i18n/t";
import { Switch } from "@/components/ui/switch";
import { Table, Td, Th } from "@/components/ui/table";
import type { AttributeChange, TemplateDiffLine } from "@/server/domain/restore";
import { groupDiff } from "./group-diff";

const CHANGES: Record<AttributeChange, { mark: string; word: string; tone: string }> = {
  kept: {
    mark: "=",
    get word() {
      return t("kept");
    },
    tone: "text-muted",
  },
  removed: {
    mark: "−",
    get word() {
      return t("removed");
    },
    tone: "text-danger",
  },
  changed: {
    mark: "≠",
    get word() {
      return t("changed");
    },
    tone: "text-warning",
  },
  added: {
    mark: "+",
    get word() {
      return t("added");
    },
    tone: "text-success",
  },
};

/** What the restored template keeps, drops and changes, section by section. */
export function TemplateDiff({ diff }: { diff: readonly TemplateDiffLine[] }) {
  const [isOnlyChanges, setIsOnlyChanges] = useState(true);
  const sections = groupDiff(diff, isOnlyChanges);
  const changed = diff.filter((line) => line.change !== "kept").length;
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-muted">
          {t("{changed} of {diffCount} attributes differ.", { changed, diffCount: diff.length })}
        </p>
        <Switch checked={isOnlyChanges} onCheckedChange={setIsOnlyChanges} label={t("Only changes")} />
      </div>
      {sections.length === 0 && (
        <p className="text-muted">{t("Nothing changes. Switch the filter off to see all of it.")}</p>
      )}
      {sections.map(({ section, lines }) => (
        <DiffSection key={section} section={section} lines={lines} />
      ))}
    </div>
  );
}

function DiffSection({ section, lines }: { section: string; lines: readonly TemplateDiffLine[] }) {
  const title = section === "" ? t("Machine") : section;
  return (
    <section aria-label={title}>
      <h3 className="mb-1 text-sm font-semibold">{title}</h3>
      <Table caption={t("Attributes of {title}", { title })} className="table-fixed text-sm">
        <thead>
          <tr>
            <Th className="w-28">{t("Change")}</Th>
            <Th>{t("Attribute")}</Th>
            <Th className="max-sm:hidden">{t("Before")}</Th>
            <Th className="max-sm:hidden">{t("After")}</Th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.name}>
              <Td className={`whitespace-nowrap ${CHANGES[line.change].tone}`}>
                <span aria-hidden="true">{CHANGES[line.change].mark}</span> {CHANGES[line.change].word}
              </Td>
              <Td className="font-mono wrap-anywhere">
                {line.name}
                <span className="block text-muted sm:hidden">
                  {line.before ?? t("none")} → {line.after ?? t("none")}
                </span>
              </Td>
              <Td className="font-mono wrap-anywhere max-sm:hidden">{line.before ?? <None />}</Td>
              <Td className="font-mono wrap-anywhere max-sm:hidden">{line.after ?? <None />}</Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  );
}

function None() {
  return <span className="font-sans text-muted">{t("none")}</span>;
}
