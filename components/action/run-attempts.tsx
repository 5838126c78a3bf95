"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ActionRow } from "@/server/domain/action";
import { said } from "../i18n/said";
import { t } from "../i18n/t";
import { actionStateLook } from "../state-badge";
import { useTRPC } from "../trpc/client";
import { Badge } from "../ui/badge";
import { Card } from "../ui/card";
import { Time } from "../ui/time";

/** The other attempts at the same, oldest first; nothing for a run that was never repeated. */
export function RunAttempts({ action }: { action: ActionRow }) {
  const { data } = useQuery(useTRPC().action.attempts.queryOptions({ actionId: action.id }));
  if (data === undefined || data.length < 2) return null;
  return (
    <Card title={t("Attempts")}>
      <ol className="grid gap-2">
        {data.map((attempt, index) => {
          const { word, icon, tone } = actionStateLook(attempt.state);
          const name = t("Attempt {number}", { number: index + 1 });
          return (
            <li key={attempt.actionId}>
              <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
                {attempt.actionId === action.id ? (
                  <strong aria-current="page">{name}</strong>
                ) : (
                  <Link
                    href={`/activity/${attempt.actionId}`}
                    className="text-primary underline-offset-2 hover:underline"
                  >
                    {name}
                  </Link>
                )}
                <Badge tone={tone} icon={icon}>
                  {word}
                </Badge>
                <span className="text-sm text-muted">
                  <Time at={attempt.at} short />
                </span>
              </span>
              {attempt.error === null ? null : (
                <span className="line-clamp-2 text-sm wrap-anywhere text-danger">{said(attempt.error)}</span>
              )}
            </li>
          );
        })}
      </ol>
    </Card>
  );
}
