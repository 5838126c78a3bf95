"use client";

import { Pencil, Plus, SlidersHorizontal } from "lucide-react";
import { useState } from "react";
import type { ChannelRow, RuleRow } from "@/server/domain/notification";
import { rich, t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { Card } from "../ui/card";
import { Table, Td, Th } from "../ui/table";
import { DeleteRule } from "./delete-dialogs";
import { RuleDialog } from "./rule-dialog";
import { DIGEST_WORDS, SEVERITY_VIEW } from "./words";

/** What goes to which channel. */
export function RulesTab({ rules, channels }: { rules: readonly RuleRow[]; channels: readonly ChannelRow[] }) {
  const [edited, setEdited] = useState<RuleRow | "new" | null>(null);
  const add = (
    <Button
      variant="primary"
      disabledReason={channels.length === 0 ? t("Add a channel first.") : null}
      onClick={() => setEdited("new")}
    >
      <Plus aria-hidden /> {t("Add rule")}
    </Button>
  );
  return (
    <div className="grid gap-4">
      {rules.length === 0 ? (
        <Card>
          <EmptyState icon={SlidersHorizontal} title={t("No rule yet")} actions={add}>
            {rich(
              "Without a rule a channel only gets test messages. One rule from <strong>Error</strong> on is a good beginning: it also tells when a VM has no backup in time.",
              { strong: (content) => <em>{content}</em> },
            )}
          </EmptyState>
        </Card>
      ) : (
        <>
          <div className="flex justify-end">{add}</div>
          <Card isFlush>
            <Table caption={t("Rules")}>
              <thead>
                <tr>
                  <Th>{t("Name")}</Th>
                  <Th>{t("From")}</Th>
                  <Th>{t("Only")}</Th>
                  <Th>{t("When")}</Th>
                  <Th>{t("Channel")}</Th>
                  <Th>
                    <span className="sr-only">{t("Actions")}</span>
                  </Th>
                </tr>
              </thead>
              <tbody>
                {rules.map((rule) => {
                  const severity = SEVERITY_VIEW[rule.minSeverity];
                  return (
                    <tr key={rule.ruleId}>
                      <Th scope="row" className="text-base text-text">
                        {rule.name} {rule.isEnabled ? null : <Badge tone="neutral">{t("Off")}</Badge>}
                      </Th>
                      <Td>
                        <Badge tone={severity.tone} icon={severity.icon}>
                          {severity.label}
                        </Badge>
                      </Td>
                      <Td className="wrap-anywhere">{conditionText(rule)}</Td>
                      <Td>{DIGEST_WORDS[rule.digest]}</Td>
                      <Td>{rule.channelName}</Td>
                      <Td className="text-end whitespace-nowrap">
                        <Button
                          variant="ghost"
                          size="icon-sm"
                          aria-label={t("Edit rule {name}", { name: rule.name })}
                          onClick={() => setEdited(rule)}
                        >
                          <Pencil aria-hidden />
                        </Button>
                        <DeleteRule rule={rule} />
                      </Td>
                    </tr>
                  );
                })}
              </tbody>
            </Table>
          </Card>
        </>
      )}
      {edited === null ? null : (
        <RuleDialog rule={edited === "new" ? null : edited} channels={channels} onClose={() => setEdited(null)} />
      )}
    </div>
  );
}

function conditionText({ jobIds, labels }: RuleRow): string {
  const jobs = jobIds.length === 0 ? [] : [t("jobs {jobIds}", { jobIds: jobIds.map((id) => `#${id}`).join(", ") })];
  const words = labels.length === 0 ? [] : [t("labels {labels}", { labels: labels.join(", ") })];
  return [...jobs, ...words].join("; ") || t("Everything");
}
