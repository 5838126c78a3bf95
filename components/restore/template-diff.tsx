"use client";

import { useState } from "react";
import { Switch } from "@/components/ui/switch";
import { Table, Td, Th } from "@/components/ui/table";
import type { AttributeChange, TemplateDiffLine } from "@/server/domain/restore";
import { groupDiff } from "./group-diff";

const CHANGES: Record<AttributeChange, { mark: string; word: string; tone: string }> = {
  kept: { mark: "=", word: "kept", tone: "text-muted" },
  removed: { mark: "−", word: "removed", tone: "text-danger" },
  changed: { mark: "≠", word: "changed", tone: "text-warning" },
  added: { mark: "+", word: "added", tone: "text-success" },
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
          {changed} of {diff.length} attributes differ.
        </p>
        <Switch checked={isOnlyChanges} onCheckedChange={setIsOnlyChanges} label="Only changes" />
      </div>
      {sections.length === 0 && <p className="text-muted">Nothing changes. Switch the filter off to see all of it.</p>}
      {sections.map(({ section, lines }) => (
        <DiffSection key={section} section={section} lines={lines} />
      ))}
    </div>
  );
}

function DiffSection({ section, lines }: { section: string; lines: readonly TemplateDiffLine[] }) {
  const title = section === "" ? "Machine" : section;
  return (
    <section aria-label={title}>
      <h3 className="mb-1 text-sm font-semibold">{title}</h3>
      <Table caption={`Attributes of ${title}`} className="table-fixed text-sm">
        <thead>
          <tr>
            <Th className="w-28">Change</Th>
            <Th>Attribute</Th>
            <Th className="max-sm:hidden">Before</Th>
            <Th className="max-sm:hidden">After</Th>
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
                  {line.before ?? "none"} → {line.after ?? "none"}
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
  return <span className="font-sans text-muted">none</span>;
}
